def f(self, words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    self.seen = seen
    return 0

def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    def has(word):
        return word in seen
    return 0

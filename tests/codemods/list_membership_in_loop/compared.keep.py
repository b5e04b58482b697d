def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    same = seen == words
    return 0

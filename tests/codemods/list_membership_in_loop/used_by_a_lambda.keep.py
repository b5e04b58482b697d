def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    has = lambda word: word in seen
    return 0

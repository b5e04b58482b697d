def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    def reset():
        nonlocal seen
        seen = 3
    return 0

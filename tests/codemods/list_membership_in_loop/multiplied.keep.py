def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
        seen *= 2
    return 0

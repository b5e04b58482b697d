def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    first = seen[0]
    return 0

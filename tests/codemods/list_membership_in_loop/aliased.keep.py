def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
    other = seen
    other.append(3)
    return 0

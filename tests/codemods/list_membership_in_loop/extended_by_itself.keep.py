def f(words):
    seen = []
    for word in words:
        if word not in seen:
            seen += [seen]
    return 0

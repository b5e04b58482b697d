def f(words):
    known = list(words)
    return [word for word in words if word in known in (1, 2)]

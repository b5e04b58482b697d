def f(words):
    known: list = list(words)
    return [word for word in words if word in known]

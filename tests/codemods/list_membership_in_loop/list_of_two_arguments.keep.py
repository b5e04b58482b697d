def f(words):
    known = list(words, 1)
    return [word for word in words if word in known]

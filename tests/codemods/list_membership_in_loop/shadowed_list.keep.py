def f(words, list):
    known = list(words)
    return [word for word in words if word in known]

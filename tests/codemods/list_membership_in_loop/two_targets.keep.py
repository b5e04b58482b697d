def f(words):
    known = other = list(words)
    return [word for word in words if word in known], other

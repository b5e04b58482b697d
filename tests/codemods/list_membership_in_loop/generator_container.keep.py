def f(words):
    known = (word for word in words)
    return [word for word in words if word in known]

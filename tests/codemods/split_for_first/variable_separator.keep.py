def f(s, sep):
    return s.split(sep)[0]

def f(s):
    return s.split(',', 1)[0]

def f(s):
    return s.split()[0]

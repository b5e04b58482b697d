def f(s):
    a, b = s.split(',')
    return a

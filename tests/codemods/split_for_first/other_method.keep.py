def f(s):
    return s.partition(',')[0]

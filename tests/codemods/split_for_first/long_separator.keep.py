def f(s):
    return s.split('aa')[-1]

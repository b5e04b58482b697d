def f(x, d):
    return x in list(d.keys(1))

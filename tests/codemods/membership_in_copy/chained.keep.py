def f(x, d):
    return x in list(d.keys()) in [d]

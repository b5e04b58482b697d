def f(x, d, list):
    return x in list(d.keys())

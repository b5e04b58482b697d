def f(x, d):
    return x in sorted(d.keys())

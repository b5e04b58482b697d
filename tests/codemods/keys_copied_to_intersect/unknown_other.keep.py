def f(d, x):
    return set(d.keys()) & x

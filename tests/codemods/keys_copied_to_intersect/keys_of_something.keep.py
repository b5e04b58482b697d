def f(d, x):
    return set(d.keys(1)) & set(x)

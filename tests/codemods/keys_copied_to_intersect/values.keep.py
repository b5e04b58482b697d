def f(d, x):
    return set(d.values()) & set(x)

def f(d, x):
    return frozenset(x) & set(d.keys())

def f(d, x):
    return set(d) & set(x)

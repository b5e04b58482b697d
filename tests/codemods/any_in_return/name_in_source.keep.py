def f(x):
    return any(x for x in x)

def f(xs):
    return lambda: any(x for x in xs)

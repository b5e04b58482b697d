def f(xs):
    return any(next(x) for x in xs)

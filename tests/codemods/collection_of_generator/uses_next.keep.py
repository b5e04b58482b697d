def f(xs):
    return tuple(next(x) for x in xs)

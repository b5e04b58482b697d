def f(xs):
    return ','.join(next(x) for x in xs)

def f(xs):
    yield list(xs)[0]

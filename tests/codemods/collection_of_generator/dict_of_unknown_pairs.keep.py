def f(xs):
    return dict(x for x in xs)

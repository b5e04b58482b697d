def f(xs):
    return dict(((x, x) for x in xs), a=1)

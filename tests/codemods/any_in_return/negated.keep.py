def f(xs):
    return not any(x for x in xs)

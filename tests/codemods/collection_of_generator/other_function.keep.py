def f(xs):
    return sorted(x for x in xs)

def f(xs, list):
    return list(x for x in xs)

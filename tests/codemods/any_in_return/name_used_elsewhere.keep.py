def f(xs, x):
    return any(x for x in xs)

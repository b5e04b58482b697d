def f(xs):
    x = any(y for y in xs)
    return x

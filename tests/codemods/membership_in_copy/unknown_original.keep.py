def f(x, xs):
    return x in list(xs)

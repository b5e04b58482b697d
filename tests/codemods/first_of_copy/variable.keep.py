def f(xs):
    ys = list(xs)
    return ys[0]

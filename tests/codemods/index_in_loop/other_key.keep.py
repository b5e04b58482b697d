def f(xs, ys):
    return map(ys.index, xs)

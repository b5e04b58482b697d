def f(x, ys):
    return x in [y.name for y in ys]

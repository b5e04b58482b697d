def f(xs, ys):
    return [xs().index(y) for y in ys]

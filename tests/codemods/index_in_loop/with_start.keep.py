def f(ys):
    xs = [1, 2]
    return [xs.index(y, 1) for y in ys]

def f(ys, enumerate):
    xs = [1, 2]
    return [xs.index(y) for y in ys]

def f(ys):
    xs = [[y] for y in ys]
    return [xs.count([y]) for y in ys]

def f(xs, ys):
    return [y for x in xs for y in ys if x.id < y.id]

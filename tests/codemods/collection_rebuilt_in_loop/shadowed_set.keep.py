def f(xs, ys, set):
    return [x for x in xs if x in [y.name for y in ys]]

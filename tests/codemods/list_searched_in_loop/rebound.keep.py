def f(xs, ys: list):
    ys = ys or xs
    return [x for x in xs if x in ys]

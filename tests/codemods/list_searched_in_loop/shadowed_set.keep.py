def f(xs, ys: list, set):
    return [x for x in xs if x in ys]

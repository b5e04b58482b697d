def f(xs, ys: str):
    return [x for x in xs if x in ys]

def f(xs, ys: list):
    return [x for x in xs if [x] in ys]

def f(xs, ys: list):
    try:
        return [x for x in xs if x in ys]
    except TypeError:
        return []

def f(xs, ys):
    try:
        return [x for x in xs if x in set(ys)]
    except TypeError:
        return []

def f(x, ys):
    return [y for y in (ys if x in set(ys) else [])]

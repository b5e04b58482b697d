def f(xs, ys: list, g):
    for x in xs:
        g(ys)
        if x in ys:
            return x

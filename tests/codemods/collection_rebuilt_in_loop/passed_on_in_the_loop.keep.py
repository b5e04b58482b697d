def f(xs, ys, g):
    for x in xs:
        g(ys)
        if x in set(ys):
            return x

def f(xs, ys):
    for x in xs:
        x.name = 1
        if x in [y.name for y in ys]:
            return x

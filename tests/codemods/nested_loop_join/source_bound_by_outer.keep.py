def f(xs):
    for x, ys in xs:
        for y in ys:
            if x.id == y.id:
                return y

def f(xs):
    for x in xs:
        for y in x.ys:
            if x.id == y.id:
                return y

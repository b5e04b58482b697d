def f(xs):
    ys = []
    for x in xs:
        ys.append(x)
    return ys

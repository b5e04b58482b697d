def f(xs, ys: list):
    for x in xs:
        if x not in ys:
            ys.append(x)

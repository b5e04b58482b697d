def f(xs, ys):
    for x in xs:
        if x not in [y.name for y in ys]:
            ys.append(x)

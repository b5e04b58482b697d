def f(xs, ys):
    for x in xs:
        for y in ys:
            if x == y.id:
                x = y

def f(xs, ys, y):
    print(y)
    for x in xs:
        for y in ys:
            if x.id == y.id:
                return y

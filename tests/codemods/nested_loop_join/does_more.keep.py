def f(xs, ys):
    for x in xs:
        for y in ys:
            print(y)
            if x.id == y.id:
                return x

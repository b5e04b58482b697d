def f(xs, ys):
    for x in xs:
        for y in ys:
            if xs.pop() == y.id:
                return y

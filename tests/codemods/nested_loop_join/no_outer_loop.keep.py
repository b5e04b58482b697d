def f(x, ys):
    for y in ys:
        if x.id == y.id:
            return y

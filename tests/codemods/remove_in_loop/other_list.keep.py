def f(xs, ys):
    for x in list(xs):
        if x < 0:
            ys.remove(x)

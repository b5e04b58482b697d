def f(xs):
    for x in xs[1:]:
        if x < 0:
            xs.remove(x)

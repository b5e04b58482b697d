def f(xs, y):
    for x in list(xs):
        if x < 0:
            xs.remove(y)

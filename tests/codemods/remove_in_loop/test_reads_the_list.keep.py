def f(xs):
    for x in list(xs):
        if len(xs) > x:
            xs.remove(x)

def f(xs):
    for x in list(xs):
        if xs.count(x) > 1:
            xs.remove(x)

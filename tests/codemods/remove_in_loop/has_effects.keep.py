def f(xs):
    for x in list(xs):
        if x.pop():
            xs.remove(x)

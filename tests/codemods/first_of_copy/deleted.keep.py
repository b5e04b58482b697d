def f(xs):
    del list(xs)[0]

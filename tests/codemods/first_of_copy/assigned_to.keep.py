def f(xs):
    list(xs)[0] = 1

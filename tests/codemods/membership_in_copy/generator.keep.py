def f(x, xs):
    return x in list(i for i in xs)

def f(xs):
    return [xs.count(x, 1) for x in xs]

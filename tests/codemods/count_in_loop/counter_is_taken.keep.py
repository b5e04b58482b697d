Counter = None


def f(xs):
    return [xs.count(x) for x in xs]

def chain(x):
    return x


def f(xs):
    return sum(xs, [])

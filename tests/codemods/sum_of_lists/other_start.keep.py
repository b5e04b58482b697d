def f(xs):
    return sum(xs, [1])

def f(xs):
    return map(lambda x: x[0], xs)

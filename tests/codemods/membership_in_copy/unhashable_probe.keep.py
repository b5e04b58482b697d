def f(xs):
    table = dict(xs)
    return [1] in list(table)

def f(x, xs):
    table = dict(xs)
    copy = list(table)
    return x in copy, copy

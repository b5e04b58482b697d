def f(xs, y):
    return [y.rows.count(x) for x in xs]

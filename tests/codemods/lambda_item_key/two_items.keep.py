def f(xs):
    return sorted(xs, key=lambda x: (x[0], x[1]))

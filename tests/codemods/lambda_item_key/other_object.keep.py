def f(xs, y):
    return sorted(xs, key=lambda x: y[0])

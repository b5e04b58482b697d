def f(xs, list):
    return list(xs)[0]

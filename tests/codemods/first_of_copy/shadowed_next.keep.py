def f(xs, next):
    return list(xs)[0]

def f(xs):
    return sorted(xs)[0]

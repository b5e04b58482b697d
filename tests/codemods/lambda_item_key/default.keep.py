def f(xs):
    return sorted(xs, key=lambda x=1: x[0])

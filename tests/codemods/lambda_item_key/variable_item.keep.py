def f(xs, i):
    return sorted(xs, key=lambda x: x[i])

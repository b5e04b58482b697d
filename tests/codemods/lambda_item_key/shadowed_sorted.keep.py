def f(xs, sorted):
    return sorted(xs, key=lambda x: x[0])

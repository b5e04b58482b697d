def f(xs):
    xs.sort(key=xs[0].index)

def f(x, ys: list):
    return x in ys

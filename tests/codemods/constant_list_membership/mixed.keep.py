def f(x):
    return x in ('a', 1, 2, 3)

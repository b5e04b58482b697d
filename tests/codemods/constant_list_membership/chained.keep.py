def f(x):
    return 0 < x in (1, 2, 3, 4)

def f(x):
    return x in ('a', 'b', 'c')

def f(x, y):
    return x in ('a', 'b', 'c', y)

def f(x, ys):
    return x in ['a', 'b', 'c', *ys]

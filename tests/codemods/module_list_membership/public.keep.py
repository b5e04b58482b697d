NAMES = ['a', 'b', 'c', 'd']


def f(x):
    return x in NAMES

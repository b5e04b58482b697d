_NAMES = ['a', 1, 'c', 'd']


def f(x):
    return x in _NAMES

_NAMES = ['a', 'b']


def f(x):
    return x in _NAMES

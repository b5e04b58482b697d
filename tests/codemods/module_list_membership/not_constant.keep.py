X = 'd'
_NAMES = ['a', 'b', 'c', X]


def f(x):
    return x in _NAMES

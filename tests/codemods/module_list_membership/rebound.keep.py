_NAMES = ['a', 'b', 'c', 'd']
_NAMES = _NAMES[1:]


def f(x):
    return x in _NAMES

__all__ = ['_NAMES']
_NAMES = ['a', 'b', 'c', 'd']


def f(x):
    return x in _NAMES

_NAMES = ['a', 'b', 'c', 'd']


def f(x):
    if x not in _NAMES:
        _NAMES.append(x)

import operator

from elsewhere import functools, reduce


def f(rows):
    return reduce(operator.add, rows, []), functools.reduce(operator.add, rows, [])


def g(rows, functools):
    return functools.reduce(operator.add, rows, [])

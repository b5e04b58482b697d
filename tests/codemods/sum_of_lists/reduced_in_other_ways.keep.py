import functools
import operator
from functools import reduce


def f(rows, add, first):
    return (
        reduce(operator.add, rows),
        reduce(operator.add, rows, ()),
        reduce(operator.add, rows, [1]),
        reduce(operator.add, rows, first),
        reduce(operator.add, *rows, []),
        reduce(operator.add, rows, *[]),
        reduce(operator.mul, rows, []),
        reduce(add, rows, []),
        reduce(lambda a, b: b + a, rows, []),
        reduce(lambda a, b: a - b, rows, []),
        reduce(lambda a, b: a + a, rows, []),
        reduce(lambda a, b=1: a + b, rows, []),
        reduce(lambda a, *b: a + b, rows, []),
        reduce(lambda a, b, *c: a + b, rows, []),
        reduce(lambda a, b, /: a + b, rows, []),
        functools.partial(operator.add, rows, []),
        operator.reduce(operator.add, rows, []),
    )

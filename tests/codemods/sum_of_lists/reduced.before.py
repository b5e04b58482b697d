import functools
import operator
from functools import reduce
from itertools import chain
from operator import add


def pairs(names):
    return reduce(operator.add, [[name, name.upper()] for name in names], [])


def sizes(names):
    return len(functools.reduce(lambda all, more: all + more, ([len(name)] for name in names), [])) + 1


def flat(rows):
    return reduce(add, rows, [])


CALLS = ["pairs([])", "pairs(['a', 'b'])", "pairs([1])", "sizes(['a', 'bc'])", "flat([[1], [2]])", "flat([])"]

import functools
import operator
from functools import reduce
from itertools import chain
from operator import add


def pairs(names):
    return list(chain.from_iterable([[name, name.upper()] for name in names]))


def sizes(names):
    return len(list(chain.from_iterable(([len(name)] for name in names)))) + 1


def flat(rows):
    return list(chain.from_iterable(rows))


CALLS = ["pairs([])", "pairs(['a', 'b'])", "pairs([1])", "sizes(['a', 'bc'])", "flat([[1], [2]])", "flat([])"]

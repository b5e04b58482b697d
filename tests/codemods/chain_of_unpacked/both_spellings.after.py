import itertools
from itertools import chain


def flat(rows):
    return list(chain.from_iterable(rows)), [*itertools.chain.from_iterable((row for row in rows))]


CALLS = ["flat([])", "flat([[1], (), 'ab'])", "flat([1])"]

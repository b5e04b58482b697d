import itertools
from itertools import chain


def flat(rows):
    return list(chain(*rows)), [*itertools.chain(*(row for row in rows))]


CALLS = ["flat([])", "flat([[1], (), 'ab'])", "flat([1])"]

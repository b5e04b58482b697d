"""Sorts with keys."""

from itertools import pairwise

UNITS = 200
PEOPLE = [(f"name{number * 7919 % 101:03d}", number * 31 % 97) for number in range(20)]


def _by_age(people):
    return sorted(people, key=lambda person: (person[1], person[0]))


def _pairs(people):
    return sum(before[1] == after[1] for before, after in pairwise(people))


def run():
    for _ in range(UNITS):
        pairs = _pairs(_by_age(PEOPLE))
    return pairs

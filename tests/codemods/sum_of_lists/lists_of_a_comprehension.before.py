import itertools


def pairs(names):
    return sum([[name, name.upper()] for name in names], [])


def sizes(names):
    return len(sum(([len(name)] for name in names), start=[]))


CALLS = ["pairs([])", "pairs(['a', 'b'])", "pairs([1])", "sizes(['a', 'bc'])"]

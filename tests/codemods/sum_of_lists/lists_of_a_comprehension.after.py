import itertools


def pairs(names):
    return list(itertools.chain.from_iterable([[name, name.upper()] for name in names]))


def sizes(names):
    return len(list(itertools.chain.from_iterable(([len(name)] for name in names))))


CALLS = ["pairs([])", "pairs(['a', 'b'])", "pairs([1])", "sizes(['a', 'bc'])"]

import operator


def takers(rows):
    rows.sort(key = operator.itemgetter("a"), reverse=True)
    return min(rows, key=operator.itemgetter('a')), max(rows, key=(operator.itemgetter("b"))), sorted(rows, key=operator.attrgetter("real"))


CALLS = ["takers([])", "takers([{'a': 1, 'b': 2}, {'a': 3, 'b': 0}])", "takers([{'a': 1}])", "takers([1, 2])"]

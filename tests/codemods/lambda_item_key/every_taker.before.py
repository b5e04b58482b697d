import operator


def takers(rows):
    rows.sort(key = lambda r: r["a"], reverse=True)
    return min(rows, key=lambda r: r['a']), max(rows, key=(lambda r: r["b"])), sorted(rows, key=lambda r: r.real)


CALLS = ["takers([])", "takers([{'a': 1, 'b': 2}, {'a': 3, 'b': 0}])", "takers([{'a': 1}])", "takers([1, 2])"]

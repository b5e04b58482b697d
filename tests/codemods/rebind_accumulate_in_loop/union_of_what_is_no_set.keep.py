def f(rows, found, make):
    for row in rows:
        found = found.union(row)
    return len(found)


def g(rows, make):
    found = make()
    for row in rows:
        found = found.union(row)
    return len(found)


def h(rows):
    found = frozenset()
    for row in rows:
        found = found.union(row)
    return len(found)


def copied(rows):
    found = set()
    kept = []
    for row in rows:
        found = found.union()
        kept.append(found)
    return kept

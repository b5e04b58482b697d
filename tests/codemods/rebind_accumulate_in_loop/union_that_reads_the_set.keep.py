def f(rows):
    found = set()
    for row in rows:
        found = found.union(item for item in row if item + 1 not in found)
    return len(found)


def g(rows):
    found = set()
    for row in rows:
        found = found.union(found)
    return len(found)

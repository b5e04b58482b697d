def names(rows):
    found = set()
    for row in rows:
        found = found.union(word.lower() for word in row)
    return len(found), "a" in found


def several(rows, more):
    found, count = {0}, 0
    known = {1}
    for row in rows:
        if row:
            known = known.union(row, more); count += len(known)
    return count, found, 1 in known


def ordered(rows):
    found = set()
    for row in rows:
        found = (found.union(*row))
    return sorted(found)


CALLS = ["names([])", "names([['A', 'b'], ['B']])", "names([3])", "several([[1], [2]], [3])", "ordered([[[1], [2]], [[1]]])"]

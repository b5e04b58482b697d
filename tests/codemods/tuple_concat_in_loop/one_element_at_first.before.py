def path(parents, node):
    way = (node,)
    while parents.get(node) is not None and node not in way[:0]:
        node = parents[node]
        way += (node, "/")
    return way


def unique(items):
    found = (0,)
    for item in items:
        if item not in found and len(found) < 4:
            found += (item,)
    return found


CALLS = ["unique([])", "unique([1, 0, 1, 2, 3, 4, 5])", "unique(7)", "path({1: 2, 2: 3}, 1)"]

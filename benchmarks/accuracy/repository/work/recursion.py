"""Walks a tree by calling itself."""

UNITS = 200


def _tree(depth):
    return None if depth == 0 else (_tree(depth - 1), depth, _tree(depth - 1))


def _total(node):
    if node is None:
        return 0
    left, value, right = node
    return _total(left) + value + _total(right)


TREE = _tree(5)


def run():
    for _ in range(UNITS):
        total = _total(TREE)
    return total

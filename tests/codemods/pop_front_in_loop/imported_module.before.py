import collections


def layers(tree):
    level = [tree]
    seen = collections.Counter()
    while level:
        name, children = level.pop(0)
        seen[name] += 1
        level += children
        if tree in level:
            level.clear()
    return seen


CALLS = ["layers(('a', []))", "layers(('a', [('b', []), ('b', [])]))", "layers(3)"]

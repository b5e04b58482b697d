import collections


def layers(tree):
    level = collections.deque([tree])
    seen = collections.Counter()
    while level:
        name, children = level.popleft()
        seen[name] += 1
        level += children
        if tree in level:
            level.clear()
    return seen


CALLS = ["layers(('a', []))", "layers(('a', [('b', []), ('b', [])]))", "layers(3)"]

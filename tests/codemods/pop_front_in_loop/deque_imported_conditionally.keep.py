try:
    from collections import deque
except ImportError:
    deque = None


def f(start, edges):
    queue = [start]
    while queue:
        node = queue.pop(0)
        queue.extend(edges[node])

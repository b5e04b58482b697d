import heapq
from collections import deque


def pairs(items):
    rest = deque(sorted(items))
    found = []
    while rest and rest:
        found.append((rest.popleft(), len(rest)))
    return found


CALLS = ["pairs([])", "pairs([3, 1, 2])", "pairs([1, 'a'])"]

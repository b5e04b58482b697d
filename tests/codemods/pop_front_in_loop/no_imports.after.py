# A comment first.
from collections import deque


def drain(items):
    waiting = deque(items)
    total = 0
    while len(waiting) > 1:
        total += waiting.popleft() * waiting.pop()
    return total


CALLS = ["drain([])", "drain([1, 2, 3])", "drain(range(6))", "drain(None)"]

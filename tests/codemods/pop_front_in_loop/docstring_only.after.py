"""A module with a docstring alone."""

from collections import deque


def firsts(items):
    rest = deque(items)
    while rest:
        rest.popleft()
        for _ in range(2):
            if rest:
                yield rest.popleft()


CALLS = ["list(firsts([]))", "list(firsts([1, 2, 3, 4, 5]))"]

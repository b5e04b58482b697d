"""Walks."""
from __future__ import annotations
import os
from collections import deque


def walk(start, edges):
    queue = deque([start])
    order = []
    while queue:
        node = queue.popleft()  # the oldest
        order.append(node)
        queue.extend(edges[node])
    return order


CALLS = ["walk(0, {0: [1, 2], 1: [], 2: [3], 3: []})", "walk(0, {})", "walk(0, {0: 3})"]

import math


def f(items):
    for item in items:
        known = [math.pi, 1]
        known.append(item)
        if item in known:
            return item

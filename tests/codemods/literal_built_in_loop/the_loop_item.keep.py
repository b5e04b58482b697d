import math


def f(items):
    for item in items:
        known = [math.pi, item]
        if item in known:
            return item

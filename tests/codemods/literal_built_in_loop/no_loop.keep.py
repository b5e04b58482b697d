import math


def f(item):
    known = [math.pi, 1]
    return item in known

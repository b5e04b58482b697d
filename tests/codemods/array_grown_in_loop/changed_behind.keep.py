import numpy as np


def f(xs):
    a = np.zeros(1)
    for x in xs:
        part = x * 2
        a = np.concatenate([a, part])
        part[0] = 0
    return a

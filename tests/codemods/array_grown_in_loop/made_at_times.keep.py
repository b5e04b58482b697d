import numpy as np


def f(xs):
    a = np.zeros(1)
    part = np.zeros(1)
    for x in xs:
        if x is not None:
            part = x * 2
        part[0] += 1
        a = np.concatenate([a, part])
    return a

import numpy as np


def f(xs, fill):
    a = np.zeros(1)
    part = np.ones(2)
    for x in xs:
        if x is not None: part = np.arange(2)
        size = fill(part)
        a = np.concatenate([a, part])
    return a, size

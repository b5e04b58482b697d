import numpy as np


def f(xs):
    a = np.zeros((1, 1))
    for axis, x in enumerate(xs):
        a = np.concatenate([a, x], axis=axis)
    return a

import numpy as np


def f(xs):
    a = np.zeros(1)
    buffer = np.zeros(2)
    for x in xs:
        buffer[:] = x
        a = np.concatenate([a, buffer])
    return a

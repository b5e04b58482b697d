import numpy as np


def f(xs, buffer):
    a = np.zeros(1)
    for x in xs:
        y = np.add(x, 1, out=buffer)
        a = np.concatenate([a, buffer])
    return a, y

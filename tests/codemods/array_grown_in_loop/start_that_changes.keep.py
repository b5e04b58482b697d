import numpy as np


def f(xs, origin):
    a = origin
    for x in xs:
        a = np.concatenate([a, x])
        origin[0] = 5
    return a

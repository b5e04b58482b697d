import numpy as np


def f(xs, part):
    a = xs[0]
    for x in xs:
        a = np.concatenate([a, part])
        x[0] = 4
    return a

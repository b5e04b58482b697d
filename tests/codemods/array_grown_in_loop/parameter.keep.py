import numpy as np


def f(a, xs):
    for x in xs:
        a = np.concatenate([a, x])
    return a

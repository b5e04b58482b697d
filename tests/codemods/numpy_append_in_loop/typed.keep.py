import numpy as np


def f(xs):
    a = np.array([], dtype=int)
    for x in xs:
        a = np.append(a, x)
    return a

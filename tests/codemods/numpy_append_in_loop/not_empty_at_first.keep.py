import numpy as np


def f(xs):
    a = np.array([1])
    for x in xs:
        a = np.append(a, x)
    return a

import numpy as np


def f(xs):
    a = np.zeros(1)
    sums = np.zeros(2)
    for x in xs:
        sums += x
        a = np.concatenate([a, sums])
    return a

import numpy as np


def f(xs):
    a = np.zeros(1)
    try:
        for x in xs:
            a = np.concatenate([a, x])
    except ValueError:
        pass
    return a

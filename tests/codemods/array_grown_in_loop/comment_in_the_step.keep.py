import numpy as np


def f(xs):
    a = np.zeros(1)
    for x in xs:
        a = np.concatenate([
            a,
            x,  # in metres
        ])
    return a

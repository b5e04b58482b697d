import numpy as np


def f(xs, seen):
    a = np.zeros(1)
    for x in xs:
        a = np.concatenate([a, x])
        seen.append(a)
    return a

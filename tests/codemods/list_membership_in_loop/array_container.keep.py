import numpy as np


def f(words):
    known = np.array([1, 2, 3])
    return [word for word in words if word in known]

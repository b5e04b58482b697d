import mine as np
from mine import concatenate


def f(xs):
    a = np.zeros(1)
    for x in xs:
        a = np.concatenate([a, x])
    b = np.zeros(1)
    for x in xs:
        b = concatenate([b, x])
    return a, b

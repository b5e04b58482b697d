import numpy as np


def f(table, n):
    a = np.zeros(1)
    for i in range(n):
        row = table[i]
        row[0] = 5
        a = np.concatenate([a, row])
    b = np.zeros(1)
    for i in range(n):
        b = np.concatenate([b, table[0]])
        table[0, 0] = i
    return a, b

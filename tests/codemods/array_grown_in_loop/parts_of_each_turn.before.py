import numpy as np
from numpy import vstack


def joined(pieces):
    out = np.zeros(1)  # the origin
    for piece in pieces:
        if len(piece) > 2:
            continue
        out = np.concatenate([out, piece])
    return out.tolist()


class Grid:
    def rows(self, rows, width):
        grid = np.empty((0, width))
        for row in rows:
            for times in range(len(row)):
                if times == 2:
                    break
                grid = vstack((grid, row, [times] * width))
        return grid.shape, grid.tolist()


def sides(parts):
    start = parts[0]
    both = start
    for part in parts[1:]:
        both = np.concatenate((both, np.ones((1, 2)), part * 2), axis=0);  print(part)
    return both is start, both.tolist()


CALLS = [
    "joined([])",
    "joined([[1, 2], [3, 4, 5], (6,), []])",
    "joined([['a']])",
    "joined([[1], 2])",
    "Grid().rows([], 2)",
    "Grid().rows([[1, 2], [3, 4]], 2)",
    "Grid().rows([[1, 2], [3]], 2)",
    "sides([np.zeros((1, 2))])",
    "sides([np.zeros((1, 2)), np.ones((2, 2)), np.zeros((1, 2))])",
    "sides([[]])",
    "sides([])",
]

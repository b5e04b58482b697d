import numpy as np
from numpy import vstack


def joined(pieces):
    out_parts = [np.zeros(1)]  # the origin
    for piece in pieces:
        if len(piece) > 2:
            continue
        out_parts.append(piece)
    out = np.concatenate(out_parts) if len(out_parts) > 1 else out_parts[0]
    return out.tolist()


class Grid:
    def rows(self, rows, width):
        grid_parts = [np.empty((0, width))]
        for row in rows:
            for times in range(len(row)):
                if times == 2:
                    break
                grid_parts.extend([row, [times] * width])
        grid = vstack(grid_parts) if len(grid_parts) > 1 else grid_parts[0]
        return grid.shape, grid.tolist()


def sides(parts):
    start = parts[0]
    both_parts = [start]
    for part in parts[1:]:
        both_parts.extend([np.ones((1, 2)), part * 2]);  print(part)
    both = np.concatenate(both_parts, axis=0) if len(both_parts) > 1 else both_parts[0]
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

import math
import os.path


def functions(rows):
    out = []
    known_built = [
        math.floor,
        None,
    ]
    for row in rows:
        for cell in row:
            known = known_built
            out.append(cell in known)
    return out


CALLS = ["functions([])", "functions([[1], [None, len]])"]

import math
import os.path


def functions(rows):
    out = []
    for row in rows:
        for cell in row:
            known = [
                math.floor,
                None,
            ]
            out.append(cell in known)
    return out


CALLS = ["functions([])", "functions([[1], [None, len]])"]

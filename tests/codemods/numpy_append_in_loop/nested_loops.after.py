import numpy


class Grid:
    def cells(self, rows):
        out = []
        for row in rows:
            if len(out) > 3:
                break
            for cell in row:
                out.append(float(cell))
        out = numpy.array(out, dtype=float)
        return out.sum().item(), out.dtype.name


CALLS = ["Grid().cells([])", "Grid().cells([[1, 2], [3, 4], [5]])", "Grid().cells([['a']])"]

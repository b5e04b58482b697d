import numpy


class Grid:
    def cells(self, rows):
        out = numpy.empty(0)
        for row in rows:
            if len(out) > 3:
                break
            for cell in row:
                out = numpy.append(out, float(cell))
        return out.sum().item(), out.dtype.name


CALLS = ["Grid().cells([])", "Grid().cells([[1, 2], [3, 4], [5]])", "Grid().cells([['a']])"]

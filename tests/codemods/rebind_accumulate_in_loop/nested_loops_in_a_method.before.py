class Table:
    def cells(self, rows):
        cells = list(())
        while rows:
            for cell in rows.pop():
                cells.append(None)
                cells = cells + sorted(cell)
                if len(cells) > 6:
                    return cells
        return cells, cells


CALLS = ["Table().cells([])", "Table().cells([['ba'], ['dc', 'x']])", "Table().cells([['abc', 'def']])", "Table().cells([[1]])"]

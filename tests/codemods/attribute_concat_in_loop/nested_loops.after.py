class Table:
    def __init__(self, mark):
        self.out = {"all": "#"}
        self.mark = mark

    def fill(self, rows, key):
        parts = []
        for row in rows:
            for cell in row:
                parts.append(f"{cell},")
                if cell == self.mark:
                    break
            parts.append("\n")
        self.out[key] += "".join(parts)
        return self.out


CALLS = ["Table(3).fill([[1, 2], [3, 4]], 'all')", "Table(3).fill([], 'all')", "Table(0).fill([[1]], 'none')"]

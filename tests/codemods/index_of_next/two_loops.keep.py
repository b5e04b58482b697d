def place(rows):
    return rows.index(next(row for row in rows for cell in row if cell))

def table(rows):
    comma = ", "
    return "\n".join(
        # one line per row
        comma.join(str(cell) for cell in row)
        for row in rows if row
    ), b"".join((bytes([n]) for n in range(3)))


CALLS = ["table([])", "table([[1, 2], [], ['a']])", "table(3)"]

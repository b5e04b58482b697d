def f(rows):
    for row in rows:
        known = list(row)
        if 3 in known:
            return row

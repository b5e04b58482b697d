def f(table):
    rows = list(table.items())
    for row in rows:
        if row:
            break

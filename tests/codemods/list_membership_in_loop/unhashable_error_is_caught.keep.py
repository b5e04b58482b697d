def f(rows):
    known = list(rows)
    for row in rows:
        try:
            if row in known:
                return row
        except TypeError:
            pass

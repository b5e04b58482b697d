def f(rows):
    for row in rows:
        rest = list(row)
        print(rest.pop(0))

def f(rows, text):
    names = text.split(",")
    return [row for row in rows if row in names], len(names)

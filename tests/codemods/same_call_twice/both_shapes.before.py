def names(rows, key):
    table = dict(rows)
    if table.get(key) is not None:
        found = [table.get(key), len(rows)]
    else:
        found = []
    return found, table.get("b") if table.get("b") else 0, rows.index("ab") if rows.index("ab") > 0 else None


CALLS = ["names(['ab', 'ba'], 'a')", "names(['xx', 'ab'], 'b')", "names([], 1)", "names(['ab'], [])"]

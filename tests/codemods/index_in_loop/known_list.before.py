def columns(names, rows):
    header = [name.lower() for name in names]
    out = []
    for row in rows:
        row.sort(key=header.index)
        for name in row:
            out.append((name, header.index(name)))
    return out


CALLS = ["columns([], [])", "columns(['A', 'b', 'a'], [['b', 'a'], ['a']])", "columns([1], [])"]

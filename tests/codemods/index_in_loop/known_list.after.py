def columns(names, rows):
    header = [name.lower() for name in names]
    out = []
    positions = {item: i for i, item in reversed([*enumerate(header)])}
    header_positions = {item: i for i, item in reversed([*enumerate(header)])}
    for row in rows:
        row.sort(key=positions.__getitem__)
        for name in row:
            out.append((name, header_positions[name]))
    return out


CALLS = ["columns([], [])", "columns(['A', 'b', 'a'], [['b', 'a'], ['a']])", "columns([1], [])"]

def groups(rows):
    found, columns = [], []
    names = []
    seen = set()
    for row in rows:
        if row["name"] not in seen:
            names.append(row["name"])
            seen.add(row["name"])
        if row["at"].real not in columns:
            columns.append(row["at"].real)
    return names, found, columns


CALLS = [
    "groups([])",
    "groups([{'name': 'b', 'at': 1}, {'name': 'a', 'at': 1j}, {'name': 'b', 'at': 1}])",
]

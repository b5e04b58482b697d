def shared(rows, names):
    table = {row[0]: row for row in rows}
    if (table.keys() & names) or (table.keys() & names).union("z"):
        found = (rows.keys() & (names[:1] or "b")) if hasattr(rows, "keys") else None
        return sorted(table.keys() & [name.lower() for name in names]), found
    return table.keys() & set(names)


CALLS = [
    "shared([], [])", "shared(['ab', 'cd'], 'ax')", "shared({'ab': 1, 'k': 2}, 'Ak')", "shared([], [[]])",
    "shared('a', None)", "shared('a', iter('ab'))",
]

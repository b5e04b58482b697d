def shared(rows, names):
    table = {row[0]: row for row in rows}
    if set(table).intersection(names) or set(table.keys()).intersection(names).union("z"):
        found = set(rows.keys()).intersection(names[:1] or "b") if hasattr(rows, "keys") else None
        return sorted(set(table).intersection([name.lower() for name in names])), found
    return set(table).intersection(set(names))


CALLS = [
    "shared([], [])", "shared(['ab', 'cd'], 'ax')", "shared({'ab': 1, 'k': 2}, 'Ak')", "shared([], [[]])",
    "shared('a', None)", "shared('a', iter('ab'))",
]

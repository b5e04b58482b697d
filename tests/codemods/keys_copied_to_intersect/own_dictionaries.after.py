def shared(rows, names):
    table = {row[0]: row for row in rows}
    wanted = set(names)
    return wanted & table.keys(), table.keys() & frozenset(names), (rows.keys() & wanted if names == "keys" else 0)


CALLS = ["shared([], [])", "shared(['ab', 'cd'], 'ax')", "shared({'ab': 1, 'k': 2}, 'keys')", "shared([1], [2])"]

class Row:
    def __init__(self, id, group):
        self.id = id
        self.group = group


def labels(rows, groups, default):
    out = []
    groups_by_id = {}
    for group in groups:
        groups_by_id.setdefault(group.id, []).append(group)
    groups_by_group = {}
    for g in groups:
        groups_by_group.setdefault(g.group, []).append(g)
    for row in rows:
        for group in groups_by_id.get(row.group, ()):
            if group.id == row.group and row.id:
                out.append(group.group)
                break
        named = next((g for g in groups_by_group.get(row.id, ()) if row.id == g.group), default)
        out.append([p["n"] for p in default if p["n"] == row.id and p])
        out.append(named is default)
    return out


CALLS = [
    "labels([Row(1, 2), Row(0, 2), Row(3, 4)], [Row(2, 'a'), Row(2, 'b'), Row(4, 3)], [{'n': 1}, {'n': 1}])",
    "labels([], [], [])", "labels([Row(1, 1)], [], [])", "labels([Row(1, 1)], [], [{}])",
]

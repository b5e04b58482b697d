def names(rows, seen):
    out = []
    out_seen = set()
    for row in rows:
        for name in row:
            if name and name not in out_seen:
                seen(name)
                out.append(name)
                out_seen.add(name)
    for name in out:
        seen(name)
    return out


CALLS = ["names([], print)", "names(['aba', ['b', '', 'cc']], len)"]

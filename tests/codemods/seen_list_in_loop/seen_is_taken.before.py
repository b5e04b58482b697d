def names(rows, seen):
    out = []
    for row in rows:
        for name in row:
            if name and name not in out:
                seen(name)
                out.append(name)
    for name in out:
        seen(name)
    return out


CALLS = ["names([], print)", "names(['aba', ['b', '', 'cc']], len)"]

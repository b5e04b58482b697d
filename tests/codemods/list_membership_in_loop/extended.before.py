def left(rows, wanted):
    used = [row[0] for row in rows]
    if len(rows) > 1:
        used += [row[1] for row in rows]; used.extend(rows[0])
    return [word for word in wanted if word not in used]


CALLS = ["left([], 'ab')", "left(['ab', 'cd'], 'abcdef')", "left(['ab'], 3)"]

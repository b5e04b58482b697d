def left(rows, wanted):
    used = {row[0] for row in rows}
    if len(rows) > 1:
        used.update([row[1] for row in rows]); used.update(rows[0])
    return [word for word in wanted if word not in used]


CALLS = ["left([], 'ab')", "left(['ab', 'cd'], 'abcdef')", "left(['ab'], 3)"]

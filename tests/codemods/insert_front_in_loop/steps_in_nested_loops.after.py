def flat_backwards(rows):
    out = []
    for row in rows:
        if len(out) > 3:
            break
        for item in row:
            out.append(item)
    out.reverse()
    return out, len(out)


CALLS = ["flat_backwards([])", "flat_backwards([[1, 2], [3], [4, 5], [6]])", "flat_backwards(3)"]

def f(rows):
    seen = []
    for row in rows:
        key = row.split()
        if key not in seen:
            seen.append(key)

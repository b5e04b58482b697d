def f(rows):
    seen = []
    for a, b in rows:
        if [a, b] in seen:
            return True
        seen.append(a)
    return False

def f(rows):
    seen = []
    for a, b in rows:
        if a in seen:
            return True
        seen.append({a: b})
    return False

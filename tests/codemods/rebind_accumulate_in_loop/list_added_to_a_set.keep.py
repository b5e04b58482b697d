def f(items):
    found = set()
    for item in items:
        found = found | [item]
    return found

def f(items):
    found = []
    for item in items:
        found = found + [item]
        items.found = found
    return found

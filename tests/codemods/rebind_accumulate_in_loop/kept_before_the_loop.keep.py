def f(items):
    found = []
    first = found
    for item in items:
        found = found + [item]
    return found

def f(items):
    found = []
    for item in items:
        found = found + [item]
        found[0:1] = found
    return found

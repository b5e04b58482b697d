def f(items):
    found = []
    for item in items:
        found = other = found + [item]
    return found

def f(items, other):
    found = []
    for item in items:
        found = other + [item]
    return found

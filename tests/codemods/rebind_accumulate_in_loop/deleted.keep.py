def f(items):
    found = []
    for item in items:
        found = found + [item]
        del found[0]
    return found

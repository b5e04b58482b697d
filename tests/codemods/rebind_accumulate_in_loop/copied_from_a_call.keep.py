def f(items):
    found = make()
    for item in items:
        found = found + [item]
    return found

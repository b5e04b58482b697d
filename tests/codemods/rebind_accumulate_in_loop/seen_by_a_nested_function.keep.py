def f(items):
    found = []
    show = lambda: found
    for item in items:
        found = found + [item]
    return found

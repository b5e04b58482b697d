def f(items):
    found = []
    for item in items:
        found = found + [lambda: found]
    return found

def f(items):
    found = []
    for item in items:
        found = found + [found]
    return found

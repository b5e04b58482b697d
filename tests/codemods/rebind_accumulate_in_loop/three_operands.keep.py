def f(items):
    found = []
    for item in items:
        found = found + [item] + [1]
    return found

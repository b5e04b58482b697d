def f(items):
    found = []
    for item in items:
        found = [item, *found]
    return found

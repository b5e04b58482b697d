def f(items):
    found = []
    for item in items:
        found = [*found]
    return found

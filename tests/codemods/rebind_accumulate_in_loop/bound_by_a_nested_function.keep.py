def f(items):
    found = []
    for item in items:
        found = found + [item]
    def reset():
        nonlocal found
        found = 3
    return found

def f(items):
    global found
    found = []
    for item in items:
        found = found + [item]

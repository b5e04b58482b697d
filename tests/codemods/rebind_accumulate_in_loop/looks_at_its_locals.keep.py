def f(items):
    found = []
    for item in items:
        found = found + [item]
        print(locals())
    return found

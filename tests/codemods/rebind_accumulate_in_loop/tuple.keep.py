def f(items):
    found = ()
    for item in items:
        found = found + (item,)
    return found

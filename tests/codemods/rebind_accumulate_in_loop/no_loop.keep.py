def f(item):
    found = []
    found = found + [item]
    return found

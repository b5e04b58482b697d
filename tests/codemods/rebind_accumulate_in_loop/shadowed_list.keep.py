list = tuple


def f(items):
    found = list()
    for item in items:
        found = found + [item]
    return found

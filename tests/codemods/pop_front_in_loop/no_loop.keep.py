def f(items):
    rest = list(items)
    first = rest.pop(0)
    return first

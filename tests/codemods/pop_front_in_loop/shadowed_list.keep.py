def list(items):
    return items


def f(items):
    rest = list(items)
    while rest:
        rest.pop(0)

def f(items):
    found = frozenset()
    for item in items:
        found = found | {item}
    return found

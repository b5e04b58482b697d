def f(items):
    found = []
    for item in items:
        found = found + [item]
        match item:
            case [*found]:
                pass
    return found

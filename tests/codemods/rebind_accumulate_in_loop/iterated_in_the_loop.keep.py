def f(items):
    found = [1]
    for item in found:
        found = found + [item]
        if len(found) > 9:
            return found

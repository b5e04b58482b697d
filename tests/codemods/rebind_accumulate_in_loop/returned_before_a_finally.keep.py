def f(items):
    found = []
    for item in items:
        try:
            return found
        finally:
            found = found + [item]

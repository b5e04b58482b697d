def f(items):
    found = []
    for item in items:
        found = (found  # so far
                 + [item])
    return found

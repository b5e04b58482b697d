def twice(items):
    found = []
    for item in items: found = found + [item]; found = found + [item]
    return found


CALLS = ["twice([])", "twice([1, 2])"]

def twice(items):
    found = []
    for item in items: found += [item]; found += [item]
    return found


CALLS = ["twice([])", "twice([1, 2])"]

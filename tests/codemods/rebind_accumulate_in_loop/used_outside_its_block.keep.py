def f(items, flag):
    if flag:
        found = []
        for item in items:
            found = found + [item]
    return found

def f(items, history):
    found = []
    for item in items:
        found = found + [item]
        history.append(found)
    return found

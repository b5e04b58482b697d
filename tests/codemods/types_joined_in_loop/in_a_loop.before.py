def kinds(values, text=(str, bytes)):
    found = []
    for value in values:
        if isinstance(value, (list, tuple) + text):
            found.append(value)
    return found


CALLS = ["kinds([])", "kinds([1, 'a', (2,), None])"]

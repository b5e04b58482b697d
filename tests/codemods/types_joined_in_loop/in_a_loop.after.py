def kinds(values, text=(str, bytes)):
    found = []
    kinds = (list, tuple) + text
    for value in values:
        if isinstance(value, kinds):
            found.append(value)
    return found


CALLS = ["kinds([])", "kinds([1, 'a', (2,), None])"]

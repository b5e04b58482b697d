def cases(items):
    found = (
        ("a", 1),
        ("b", 2),
    )
    for item in items:
        found += ((item, 0),)
    return found


CALLS = ["cases([])", "cases('xy')", "cases(None)"]

def f(xs):
    found = None
    for x in xs:
        if x < 0:
            found = x
    return found

def f(xs):
    found = False
    for x in xs:
        if (y := x) < 0:
            found = True
    return found, y

def f(xs):
    found = False
    for x in xs:
        if x < 0:
            found = True
            break
    return found

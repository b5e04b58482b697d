def f(xs):
    found = False
    for x in xs:
        if x.pop():
            found = True
    return found

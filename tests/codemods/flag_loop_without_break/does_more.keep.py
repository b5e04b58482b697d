def f(xs):
    found = False
    for x in xs:
        print(x)
        if x < 0:
            found = True
    return found

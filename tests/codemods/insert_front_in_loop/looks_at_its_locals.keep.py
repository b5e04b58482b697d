def f(xs):
    out = []
    for x in xs:
        out.insert(0, x)
    return locals()

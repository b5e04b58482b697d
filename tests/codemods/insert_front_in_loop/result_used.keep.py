def f(xs):
    out = []
    for x in xs:
        y = out.insert(0, x)
    return out, y

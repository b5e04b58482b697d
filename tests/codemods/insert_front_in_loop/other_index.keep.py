def f(xs):
    out = []
    for x in xs:
        out.insert(1, x)
    return out

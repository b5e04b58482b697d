def f(xs):
    out = [1, 2]
    for x in xs:
        out.insert(0, x)
    return out

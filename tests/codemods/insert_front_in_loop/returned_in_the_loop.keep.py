def f(xs):
    out = []
    for x in xs:
        out.insert(0, x)
        if x:
            return out
    return out

def f(xs):
    out = [*xs]
    for x in xs:
        out.insert(0, x)
    return out

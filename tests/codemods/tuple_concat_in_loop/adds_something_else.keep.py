def f(xs):
    out = ()
    for x in xs:
        out += x
    return out

def f(xs):
    out = ()
    for x in xs:
        old = out
        out += (x,)
    return out, old

def f(xs):
    out = ()
    for x in xs:
        out += (x,)
        if x:
            return out
    return out

def f(xs):
    out = ()
    try:
        for x in xs:
            out += (x,)
    except ValueError:
        return out
    return out

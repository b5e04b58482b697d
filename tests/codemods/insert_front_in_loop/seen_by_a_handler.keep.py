def f(xs):
    out = []
    try:
        for x in xs:
            out.insert(0, x)
    except ValueError:
        return out
    return out

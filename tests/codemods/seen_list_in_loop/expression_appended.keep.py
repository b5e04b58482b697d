def f(xs):
    out = []
    for x in xs:
        if x not in out:
            out.append(x.copy())
    return out

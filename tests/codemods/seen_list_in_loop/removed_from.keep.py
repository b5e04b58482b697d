def f(xs):
    out = []
    for x in xs:
        if x not in out:
            out.append(x)
        else:
            out.remove(x)
    return out

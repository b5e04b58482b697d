def f(xs, g):
    out = []
    for x in xs:
        if x not in out:
            out.append(x)
        g(out)
    return out

def f(xs):
    out = []
    show = lambda: out
    for x in xs:
        out.insert(0, x)
    return out, show

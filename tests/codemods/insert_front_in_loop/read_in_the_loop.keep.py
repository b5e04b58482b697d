def f(xs):
    out = []
    for x in xs:
        out.insert(0, x)
        print(out[0])
    return out

def f(xs, seen):
    out = ()
    for x in xs:
        out += (x,)
        seen.add(out)
    return out

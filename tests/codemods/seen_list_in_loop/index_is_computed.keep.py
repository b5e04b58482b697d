def f(xs, i):
    out = []
    for x in xs:
        if x not in out:
            out.append(x[next(i)])
    return out

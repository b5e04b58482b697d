def f(xs, ys):
    out = [ys]
    for x in xs:
        if x not in out:
            out.append(x)
    return out

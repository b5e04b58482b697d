def f(xs):
    out = []
    for x in xs:
        y = [x]
        if y not in out:
            out.append(y)
    return out

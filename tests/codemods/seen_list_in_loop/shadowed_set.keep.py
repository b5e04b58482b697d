from ast import Set as set


def f(xs):
    out = []
    for x in xs:
        if x not in out:
            out.append(x)
    return out

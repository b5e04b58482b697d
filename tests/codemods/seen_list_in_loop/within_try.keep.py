def f(xs):
    try:
        out = []
        for x in xs:
            if x not in out:
                out.append(x)
        return out
    except TypeError:
        return None

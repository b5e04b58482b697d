def f(xs, ys):
    try:
        for x in xs:
            for y in ys:
                if x.id == y.id:
                    return y
    except AttributeError:
        return None

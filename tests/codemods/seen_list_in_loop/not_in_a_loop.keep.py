def f(x, y):
    out = []
    if x not in out:
        out.append(x)
    return out

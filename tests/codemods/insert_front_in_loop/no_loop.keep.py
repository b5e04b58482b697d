def f(x):
    out = []
    out.insert(0, x)
    return out

def f(x):
    out = ()
    out += (x,)
    return out

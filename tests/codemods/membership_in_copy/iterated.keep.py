def f(d):
    return [k for k in list(d.keys())]

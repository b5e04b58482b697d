def f(s, ps):
    return any(p.startswith(s) for p in ps)

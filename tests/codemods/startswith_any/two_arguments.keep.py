def f(s, ps):
    return any(s.startswith(p, 1) for p in ps)

def f(s, ps):
    return any(s.startswith(p) for p in ps if p)

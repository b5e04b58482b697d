def f(s, ps):
    return any(not s.startswith(p) for p in ps)

def f(s, ps):
    return all(s.startswith(p) for p in ps)

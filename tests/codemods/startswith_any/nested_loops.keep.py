def f(s, ps):
    return any(s.startswith(p) for q in ps for p in q)

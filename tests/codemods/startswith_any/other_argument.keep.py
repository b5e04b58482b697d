def f(s, ps, q):
    return any(s.startswith(q) for p in ps)

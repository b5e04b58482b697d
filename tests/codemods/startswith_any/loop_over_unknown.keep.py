def f(s, ps):
    for p in ps:
        if s.startswith(p):
            return True
    return False

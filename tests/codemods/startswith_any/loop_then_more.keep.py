def f(s):
    for p in ("a", "b"):
        if s.startswith(p):
            return True
    print(s)
    return False

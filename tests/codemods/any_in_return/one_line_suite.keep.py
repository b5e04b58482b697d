def f(xs):
    if xs: return any(x for x in xs)

def f(xs, o):
    return any(o.a for o.a in xs)

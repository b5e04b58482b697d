def f(xs):
    return any(y for x in xs for y in x)

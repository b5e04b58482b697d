def f(g, x):
    if g(x):
        return g(x)

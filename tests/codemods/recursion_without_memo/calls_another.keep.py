def g(n):
    return n


def f(n):
    return g(n) if n < 2 else f(n - 1) + f(n - 2)

K = 1


def f(n):
    return K if n < 2 else f(n - 1) + f(n - 2)

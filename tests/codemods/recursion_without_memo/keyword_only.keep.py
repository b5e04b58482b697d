def f(*, n):
    return 1 if n < 2 else f(n=n - 1) + f(n=n - 2)

def f(n):
    if n < 2:
        return 1
    if n % 2:
        return f(n - 1)
    return f(n - 2)

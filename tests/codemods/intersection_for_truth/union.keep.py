def f(a, b):
    if set(a) | set(b):
        return 1

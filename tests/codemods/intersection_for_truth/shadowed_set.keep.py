def f(a, b, set):
    if set(a) & set(b):
        return 1

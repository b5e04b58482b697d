def f(a, b):
    if (set(a)  # these
        & set(b)):
        return 1

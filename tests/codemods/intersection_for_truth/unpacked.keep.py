def f(a, b):
    if set(a).intersection(*b):
        return 1

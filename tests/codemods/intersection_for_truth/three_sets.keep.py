def f(a, b, c):
    if set(a).intersection(b, c):
        return 1

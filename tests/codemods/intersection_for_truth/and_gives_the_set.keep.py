def f(a, b, c):
    return set(a) & set(b) or c

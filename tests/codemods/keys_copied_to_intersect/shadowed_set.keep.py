def f(d, set):
    return set(d.keys()) & {1}

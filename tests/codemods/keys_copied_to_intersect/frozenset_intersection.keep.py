def f(x):
    table = {1: 2}
    return frozenset(table).intersection(x)

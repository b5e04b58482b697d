def f(x):
    table = {1: 2}
    return set(table).union(x), set(table).difference(x), set(table).symmetric_difference(x)

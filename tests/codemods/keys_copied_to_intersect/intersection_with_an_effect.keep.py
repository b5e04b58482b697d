def f(change):
    table = {1: 2}
    return set(table).intersection(change(table))

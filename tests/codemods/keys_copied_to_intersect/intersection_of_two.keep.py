def f(x, y):
    table = {}
    return set(table).intersection(x, y), set(table).intersection(*x), set(table).intersection()

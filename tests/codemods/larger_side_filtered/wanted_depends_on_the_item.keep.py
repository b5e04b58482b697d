def f(table):
    return {k: v for k, v in table.items() if k in v}, {k: v for k, v in table.items() if k in v.names}

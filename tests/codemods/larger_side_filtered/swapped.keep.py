def f(table, wanted):
    return {v: k for k, v in table.items() if k in wanted}

def f(table, wanted):
    return {k: v + 1 for k, v in table.items() if k in wanted}

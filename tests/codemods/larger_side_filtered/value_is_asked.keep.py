def f(table, wanted):
    return {k: v for k, v in table.items() if v in wanted}

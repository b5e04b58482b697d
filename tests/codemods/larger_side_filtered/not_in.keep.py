def f(table, wanted):
    return {k: v for k, v in table.items() if k not in wanted}

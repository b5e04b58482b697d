def f(table, wanted):
    return {k: v for k, v in table.items() if k in wanted and v}, {k: v for k, v in table.items() if k in wanted if v}

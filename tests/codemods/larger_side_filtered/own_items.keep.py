def f(table, wanted):
    return {k: v for k, v in table.items(1) if k in wanted}, {k: v for k, v in table.pairs() if k in wanted}

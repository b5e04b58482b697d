def f(table, n):
    wanted = range(n)
    return {k: v for k, v in table.items() if k in wanted}

def f(table):
    wanted = "abc"
    return {k: v for k, v in table.items() if k in wanted}

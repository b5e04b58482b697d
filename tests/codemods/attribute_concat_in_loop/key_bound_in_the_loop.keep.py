def f(table, xs):
    for x in xs:
        table[x] += 'a,'

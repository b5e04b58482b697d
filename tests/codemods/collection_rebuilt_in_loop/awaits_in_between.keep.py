async def f(xs, ys, g):
    for x in xs:
        await g()
        if x in set(ys):
            return x

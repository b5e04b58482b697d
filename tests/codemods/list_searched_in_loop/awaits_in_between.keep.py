async def f(xs, ys: list, g):
    for x in xs:
        await g()
        if x in ys:
            return x

async def f(xs, ys, g):
    for x in xs:
        for y in ys:
            if x.id == y.id:
                await g(y)

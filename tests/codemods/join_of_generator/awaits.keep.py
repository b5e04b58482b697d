async def f(xs):
    return ','.join(await x for x in xs)

async def f(xs):
    return ','.join(x async for x in xs)

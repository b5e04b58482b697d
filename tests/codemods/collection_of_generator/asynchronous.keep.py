async def f(xs):
    return list([x async for x in xs])

async def f(xs):
    found = False
    async for x in xs:
        if x < 0:
            found = True
    return found

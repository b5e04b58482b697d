async def f(items, send):
    found = []
    async for item in items:
        found = found + [item]
        await send(found)
    return found

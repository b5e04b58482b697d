async def f(parts, send):
    data = b''
    async for part in parts:
        data += part
        await send(data)
    return data

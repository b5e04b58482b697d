import numpy as np


async def f(xs):
    a = np.zeros(1)
    async for x in xs:
        a = np.concatenate([a, x])
    return a

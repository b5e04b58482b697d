def f(a, b):
    return sum([[a], [b]], [])

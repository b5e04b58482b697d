def f(key):
    return key.lower()

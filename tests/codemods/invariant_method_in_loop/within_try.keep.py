def f(words, key):
    try:
        return [key.lower() for word in words]
    except AttributeError:
        return []

def f(words, key):
    return [word for word in words if key and word == key.lower()]

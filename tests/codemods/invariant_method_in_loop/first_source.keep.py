def f(key):
    return [letter for letter in key.lower()]

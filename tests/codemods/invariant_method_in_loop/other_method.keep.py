def f(words, key):
    return [key.pop() for word in words]

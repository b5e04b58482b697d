def f(words, key, g):
    for word in words:
        g(key)
        print(key.lower())

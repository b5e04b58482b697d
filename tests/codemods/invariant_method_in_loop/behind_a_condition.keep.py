def f(words, key):
    for word in words:
        if word:
            print(key.lower())

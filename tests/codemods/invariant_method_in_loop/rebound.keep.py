def f(words, key):
    for word in words:
        if word == key.lower():
            key = word

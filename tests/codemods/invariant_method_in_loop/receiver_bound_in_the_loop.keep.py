def f(words):
    for word in words:
        print(word.lower())

def f(text, words):
    return [text.index(word) for word in words]

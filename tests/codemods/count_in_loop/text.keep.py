def f(text, words):
    return [text.count(word) for word in words]

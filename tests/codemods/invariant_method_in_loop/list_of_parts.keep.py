def f(words):
    text = 'a b'
    return [text.split() for word in words]

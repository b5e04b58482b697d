def f(words):
    text = 'some long text'
    return [word for word in words if word in text]

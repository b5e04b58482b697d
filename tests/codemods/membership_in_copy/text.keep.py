def f(x):
    text = 'abc'
    return x in list(text)

def f(x):
    text = ""
    text = x + text
    return text

def f(xs):
    text = ""
    g = lambda: text
    for x in xs:
        text = x + text
    return text, g

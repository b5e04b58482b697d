def f(xs):
    text = ""
    for x in xs:
        text = text + x
    return text

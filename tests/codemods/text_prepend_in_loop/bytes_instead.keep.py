def f(xs):
    text = b""
    for x in xs:
        text = x + text
    return text

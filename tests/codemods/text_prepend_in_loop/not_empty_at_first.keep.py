def f(xs):
    text = "a"
    for x in xs:
        text = x + text
    return text

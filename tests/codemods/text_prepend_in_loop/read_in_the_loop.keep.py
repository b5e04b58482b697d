def f(xs):
    text = ""
    for x in xs:
        text = x + text
        print(text)
    return text

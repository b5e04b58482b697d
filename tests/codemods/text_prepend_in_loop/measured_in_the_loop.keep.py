def f(xs):
    text = ""
    for x in xs:
        text = x + text
        if len(text) > 9:
            break
    return text

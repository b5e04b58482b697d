reversed = list


def f(xs):
    text = ""
    for x in xs:
        text = x + text
    return text

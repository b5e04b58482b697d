def f(xs):
    text = ''
    for x in xs:
        text += f'{x},'
    return text

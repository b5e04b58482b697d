def f(xs):
    for x in xs:
        x.text += 'a,'

def f(xs):
    for x in xs:
        x = x + x
        if xs.count(x):
            return x

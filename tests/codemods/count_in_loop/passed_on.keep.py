def f(xs, g):
    for x in xs:
        g(xs)
        if xs.count(x) > 1:
            return x

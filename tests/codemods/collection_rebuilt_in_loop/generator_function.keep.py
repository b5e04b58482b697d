def f(xs, ys):
    for x in xs:
        if x in set(ys):
            yield x

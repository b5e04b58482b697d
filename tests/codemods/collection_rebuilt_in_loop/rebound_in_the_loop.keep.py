def f(xs, ys):
    for x in xs:
        ys = x.next
        if x in [y.name for y in ys]:
            return x

def f(xs):
    return ','.join(y for x in xs if (y := x))

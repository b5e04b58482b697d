def f(xs):
    return ','.join([str(x) for x in xs])

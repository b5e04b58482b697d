def f(xs):
    return any([x for x in xs])

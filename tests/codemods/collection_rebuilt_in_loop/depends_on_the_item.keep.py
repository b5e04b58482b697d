def f(xs):
    return [x for x in xs if x in [y.name for y in x.all]]

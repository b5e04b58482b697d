def f(join, xs):
    return ','.join(*(x for x in xs))

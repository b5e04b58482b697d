def f(path, xs):
    return path.join(x for x in xs)

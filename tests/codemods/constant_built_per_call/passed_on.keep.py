def f(g):
    names = ['a', 'b', 'c']
    return g(names)

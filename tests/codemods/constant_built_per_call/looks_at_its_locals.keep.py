def f(x):
    names = ['a', 'b', 'c']
    return x in names, locals()

def f(x):
    names = ['a', 'b', 'c']
    del names[0]
    return x in names

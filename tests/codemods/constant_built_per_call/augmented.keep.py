def f(x):
    names = ['a', 'b', 'c']
    names += x
    return x in names

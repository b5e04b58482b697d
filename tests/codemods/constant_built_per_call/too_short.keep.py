def f(x):
    names = ['a', 'b']
    return x in names

def f(x):
    names = ['a', 'b', x]
    return 'a' in names

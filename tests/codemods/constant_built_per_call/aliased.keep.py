def f(x):
    names = ['a', 'b', 'c']
    same = names
    return x in same

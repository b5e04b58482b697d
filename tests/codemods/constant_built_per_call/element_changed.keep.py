def f(x):
    names = ['a', 'b', 'c']
    names[1] += x
    return x in names

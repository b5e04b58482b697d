def f(x):
    names = ['a', 'b', 'c']
    names.append(x)
    return x in names

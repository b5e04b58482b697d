def f(x):
    names = ['a', 'b', 'c']
    names[0] = x
    return names[1]

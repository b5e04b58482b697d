def f():
    names = ['a', 'b', 'c']
    return lambda x: x in names

def f():
    names = ['a', 'b', 'c']
    return names

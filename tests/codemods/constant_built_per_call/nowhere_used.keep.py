def f():
    names = ['a', 'b', 'c']
    return 1

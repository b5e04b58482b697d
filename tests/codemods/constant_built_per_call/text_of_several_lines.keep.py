def f(x):
    names = ['a', 'b', '''c
    d''']
    return x in names

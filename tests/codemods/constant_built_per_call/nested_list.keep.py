def f(x):
    names = [['a'], ['b'], ['c']]
    return names[x]

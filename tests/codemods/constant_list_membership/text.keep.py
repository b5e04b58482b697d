def f(x):
    return x in 'abcd'

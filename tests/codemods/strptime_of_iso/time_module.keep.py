import time


def f(x):
    return time.strptime(x, '%Y-%m-%d')

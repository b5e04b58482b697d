from mine import datetime


def f(x):
    return datetime.strptime(x, '%Y-%m-%d')

from datetime import datetime


def f(x, y):
    return datetime.strptime(x, y)

from datetime import datetime


def f(x):
    return datetime.strptime(x, '%d.%m.%Y')

from datetime import datetime


def f(x, datetime):
    return datetime.strptime(x, '%Y-%m-%d')

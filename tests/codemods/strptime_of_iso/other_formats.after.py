import datetime


def times(first, second):
    moment = datetime.datetime.fromisoformat(first)
    return moment, datetime.datetime.fromisoformat(second) > moment


CALLS = ["times('2024-01-02T03:04:05', '2023-12-31 23:59')", "times('x', 'y')", "times(1, 2)"]

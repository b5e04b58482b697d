import re


def g():
    global re
    re = None


def f(text):
    return re.search('a', text)

import re


def f(text):
    return re.search('a', text, 0, 3)

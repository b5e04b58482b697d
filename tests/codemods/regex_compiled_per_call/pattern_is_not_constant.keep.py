import re


def f(pattern, text):
    return re.search(pattern, text)

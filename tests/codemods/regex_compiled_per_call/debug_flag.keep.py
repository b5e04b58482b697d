import re


def f(text):
    return re.search('a', text, re.DEBUG)

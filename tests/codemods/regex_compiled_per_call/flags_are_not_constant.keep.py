import re


def f(text, flags):
    return re.search('a', text, flags)

import re


def f(text):
    return re.sub('a', text)

import re


def f(text):
    return re.search(pattern='a', string=text)

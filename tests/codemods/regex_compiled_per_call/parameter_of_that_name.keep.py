import re


def f(re, text):
    return re.search('a', text)

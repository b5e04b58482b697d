import re


def f(text):
    return re.search('[[a]', text)

import re

PATTERN = re.compile('a')


def f(text):
    return PATTERN.search('a')

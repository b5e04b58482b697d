import re


def f(pattern=re.compile('a')):
    return pattern

import re

re = wrap(re)


def f(text):
    return re.search('a', text)

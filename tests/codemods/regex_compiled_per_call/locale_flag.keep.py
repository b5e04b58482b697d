import re


def f(text):
    return re.search(b'a', text, re.LOCALE)

import re
import regex


def f(text):
    return re.search('a', text, regex.I)

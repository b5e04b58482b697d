import re


def f(text, options):
    return re.search('a', text, **options)

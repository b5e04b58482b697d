import re


def f(text):
    return re.search(f'{text}+', text)

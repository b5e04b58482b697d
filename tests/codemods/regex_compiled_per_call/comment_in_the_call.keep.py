import re


def f(text):
    return re.search(
        'a',  # why
        text,
    )

try:
    import re2 as re
except ImportError:
    import re


def f(text):
    return re.search('a', text)

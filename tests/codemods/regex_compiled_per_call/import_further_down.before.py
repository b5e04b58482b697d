X = 1


def early(text):
    return re.fullmatch("a*", text, ) is None, re.subn("a", repl="b", string=text)


import re

CALLS = ["early('aa')", "early('b')", "early(None)"]

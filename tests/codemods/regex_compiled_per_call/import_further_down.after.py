X = 1


def early(text):
    return _EARLY_PATTERN.fullmatch(text, ) is None, _EARLY_PATTERN_2.subn(repl="b", string=text)


import re

_EARLY_PATTERN = re.compile("a*")
_EARLY_PATTERN_2 = re.compile("a")

CALLS = ["early('aa')", "early('b')", "early(None)"]

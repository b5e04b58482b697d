import re

_WORD = None


def words(text):
    global _WORD
    if _WORD is None:
        _WORD = re.compile(r"\w+")
    return _WORD.findall(text)

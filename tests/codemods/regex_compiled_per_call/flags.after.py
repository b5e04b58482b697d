import re
from os import path

_WORDS_PATTERN = re.compile("[a-z]+", re.IGNORECASE | re.M)
_WORDS_PATTERN_2 = re.compile(r"\s", re.A)
_WORDS_PATTERN_3 = re.compile("A", re.I)


class Reader:
    def words(self, text):
        found = _WORDS_PATTERN.findall(text)
        return found, _WORDS_PATTERN_2.split(text, maxsplit=1), _WORDS_PATTERN_3.sub("b", text, 0)


CALLS = ["Reader().words('Ab c')", "Reader().words('')", "Reader().words(3)"]

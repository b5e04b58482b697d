from re import compile, search, split, sub
import re

_IS_WORD_PATTERN = re.compile(r"^\w+$")
_PARTS_PATTERN = re.compile(",")
_PARTS_PATTERN_2 = re.compile(r"\s+")
_NUMBERS_PATTERN = re.compile("[0-9]+")


def is_word(text):
    return _IS_WORD_PATTERN.search(text) is not None


class Reader:
    def parts(self, text):
        return _PARTS_PATTERN.split(text, 1), _PARTS_PATTERN_2.sub(" ", string=text)

    def numbers(self, text):
        return _NUMBERS_PATTERN.findall(text)


CALLS = ["is_word('ab')", "is_word('a b')", "Reader().parts('a,b ,  c')", "Reader().numbers('a1')"]

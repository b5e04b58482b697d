"""Cleans."""
import re

_CLEAN_PATTERN_2 = re.compile(r"\s+")
_CLEAN_PATTERN_3 = re.compile("[\t]")


def clean(text):
    return _CLEAN_PATTERN_2.sub(" ", _CLEAN_PATTERN_3.sub("", text, count=1))

def _CLEAN_PATTERN():
    return None


CALLS = ["clean('a  \\t b')", "clean('')", "clean(1)"]

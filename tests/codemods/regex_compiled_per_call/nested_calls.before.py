"""Cleans."""
import re
def clean(text):
    return re.sub(r"\s+", " ", re.sub("[\t]", "", text, count=1))

def _CLEAN_PATTERN():
    return None


CALLS = ["clean('a  \\t b')", "clean('')", "clean(1)"]

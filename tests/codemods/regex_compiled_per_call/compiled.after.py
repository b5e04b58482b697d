import re as regex

_FIRST_PATTERN = regex.compile("a(b)" "c?", 0)
_FIRST_PATTERN_2 = regex.compile("x")


def __first(text):
    pattern = _FIRST_PATTERN
    for match in pattern.finditer(text):
        return match.groups(), pattern.pattern
    return [m.span() for m in _FIRST_PATTERN_2.finditer(text)]


CALLS = ["__first('zabc')", "__first('xx')", "__first([])"]

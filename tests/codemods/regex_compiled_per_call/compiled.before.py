import re as regex


def __first(text):
    pattern = regex.compile("a(b)" "c?", flags=0)
    for match in pattern.finditer(text):
        return match.groups(), pattern.pattern
    return [m.span() for m in regex.finditer("x" , text)]


CALLS = ["__first('zabc')", "__first('xx')", "__first([])"]

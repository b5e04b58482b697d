import re

_UNIT = re.compile(r"\d+ ?(?:k|m)?seconds?")


def units(lines):
    return [line for line in lines if _UNIT.match(line)]


CALLS = ["units([])", "units(['5 seconds', 'x seconds', '7 kseconds', ''])"]

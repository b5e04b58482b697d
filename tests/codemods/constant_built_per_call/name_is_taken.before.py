import re

_LEVELS = 3


def level(name):
    levels = {"low", "high", "other"}
    if name in levels and re.match("[lh]", name):
        return _LEVELS
    return not levels


CALLS = ["level('low')", "level('x')", "level(1)", "level([])"]

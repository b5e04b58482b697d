import re

_LEVEL_LEVELS = {"low", "high", "other"}

_LEVELS = 3


def level(name):
    levels = _LEVEL_LEVELS
    if name in levels and re.match("[lh]", name):
        return _LEVELS
    return not levels


CALLS = ["level('low')", "level('x')", "level(1)", "level([])"]

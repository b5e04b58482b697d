"""Refuses text that is nested so deeply that the parser, which is native code, would end the process.

Its partner is `codemods/__init__.py`, which asks before it parses.
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_BRACKETS = 200
"""What CPython itself accepts."""
MOST_LEVELS = 3000
MOST_BRANCHES = 1500

_TOKEN = re.compile(
    r"""
    (?P<skip>\#[^\r\n]*|\\\r?\n)
    | (?P<text>[a-zA-Z]{0,3}(?:'{3}(?:[^\\]|\\.)*?'{3}|\"{3}(?:[^\\]|\\.)*?\"{3}
        |'(?:[^\\'\r\n]|\\.)*'|"(?:[^\\"\r\n]|\\.)*"))
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<reset>[,;\r\n])
    | (?P<elif>\belif\b)
    | (?P<level>\b(?:not|lambda|else|and|or|in|is|await|for|if|yield)\b|[-+*/%&|^~<>=.@:])
    | \w+
    """,
    re.VERBOSE | re.DOTALL,
)
_LEVELS_IN_TEXT = re.compile(r"[(\[{\-+~*/%&|^<>=.:]|\b(?:not|lambda|else|and|or|await)\b")


# It is asked before each of the two parsers.
@lru_cache(maxsize=1)
def is_too_deep(source: str) -> bool:
    """Could the syntax tree be deeper than parser and visitors can stand? Counts operators between separators."""
    levels = [0]
    branches = 0
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "open":
            levels[-1] += 1
            levels.append(0)
        elif kind == "close" and len(levels) > 1:
            levels.pop()
        elif kind == "reset" and (token.group() in ",;" or len(levels) == 1):
            levels[-1] = 0
        elif kind == "level":
            levels[-1] += 1
        elif kind == "elif":
            branches += 1
        elif kind == "text":
            levels[-1] += 1 + _levels_in(token.group())
        if len(levels) > MOST_BRACKETS or (kind != "reset" and sum(levels) > MOST_LEVELS):
            return True
    return branches > MOST_BRANCHES


def _levels_in(text: str) -> int:
    prefix = text[: re.search("['\"]", text).start()]  # type: ignore[union-attr]  # the token has a quote
    return len(_LEVELS_IN_TEXT.findall(text)) if {"f", "t"} & set(prefix.lower()) else 0

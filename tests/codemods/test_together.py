"""Takes several opportunities of one text at once: all that mind nothing of each other, and no others."""

from __future__ import annotations

import re

import pytest

from codemods import find, merge
from codemods._apply import replace

TWO_CONSTANTS = """\
import re


def f(text):
    return re.search("a+", text)


def g(text):
    return re.search("b+", text)


def h(word):
    names = ["x", "y", "z"]
    return names.index(word)
"""
TWO_METHODS = """\
class Box:
    def f(self, a):
        x = 1
        return ",".join(str(x) for x in a)

    def g(self, a):
        x = 2
        return list(str(x) for x in a)
"""
NESTED = "def f(a):\n    return ','.join(str(x) for x in list(str(i) for i in a))\n"
ONE_VARIABLE = """\
def f(a):
    rows = list(str(i) for i in a)
    rows = rows + [1]
    return ",".join(str(row) for row in rows)
"""
ONE_ATTRIBUTE = """\
class Box:
    def __init__(self, a):
        self.rows = list(str(i) for i in a)

    def f(self):
        return ",".join(str(row) for row in self.rows)
"""
TWO_IMPORTS = """\
def f(rows):
    return sum(rows, [])


def g(a):
    queue = list(a)
    while queue:
        print(queue.pop(0))
"""
IMPORT_AND_CONSTANT = """\
import re


def f(rows):
    return sum(rows, [])


def g(text):
    return re.search("b+", text)
"""


def taken(source: str) -> tuple[str, list[str]]:
    merged = merge(source, lambda _: True)
    text = replace(source, merged.replacements)
    compile(text.removeprefix("\ufeff"), "text", "exec")
    assert {one.rule for one in merged.taken} <= {one.rule for one in find(source).found}
    return text, [one.rule for one in merged.taken]


@pytest.mark.parametrize(
    ("source", "count", "said"),
    [
        pytest.param(TWO_CONSTANTS, 3, r"\n\n_F_P.+\n_G_P.+\n_NAMES.+\n\n\ndef f", id="constants stand side by side"),
        pytest.param(TWO_METHODS, 2, r"\[str\(x\) for x in a\](?s:.+)\[str\(x\)", id="a name of two functions"),
        pytest.param(TWO_IMPORTS, 2, r"from itertools import chain\nfrom collections import deque\n\n", id="imports"),
        pytest.param(IMPORT_AND_CONSTANT, 2, r"re\nfrom .+chain\n\n_G.+\n\n\ndef", id="an import above a constant"),
        pytest.param(NESTED, 1, r"list\(|str\(x\) for", id="not one within another"),
        pytest.param(ONE_VARIABLE, 1, r"rows = ", id="not two that say one variable"),
        pytest.param(ONE_ATTRIBUTE, 1, r"self.rows = ", id="not two that say one attribute"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_takes_at_once_what_touches_nothing_of_the_others(mark: str, source: str, count: int, said: str) -> None:
    text, rules = taken(mark + source)
    assert len(rules) == count
    assert re.search(said, text.removeprefix("\ufeff"))
    windows, _ = taken((mark + source).replace("\n", "\r\n"))
    assert windows == text.replace("\n", "\r\n")


def test_only_what_is_wanted_is_taken_with_the_names_that_it_has_among_all() -> None:
    every = find(TWO_CONSTANTS).found
    for wanted in every:
        merged = merge(TWO_CONSTANTS, lambda one, wanted=wanted: one == wanted)  # type: ignore[misc]
        assert merged.taken == (wanted,)
        assert merged.replacements == wanted.replacements

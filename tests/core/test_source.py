from __future__ import annotations

from pathlib import Path

import pytest

import bot
from bot.core.source import Function, functions

WHOLE = """\
import functools


class URL:
    @functools.cache
    def build(self):
        return 1

    def other(self):
        return 2


def helper():
    def inner():
        return 3
    return inner()
"""


def test_functions_start_at_their_first_decorator():
    assert [(f.name, f.start) for f in functions(WHOLE)] == [("URL.build", 5), ("URL.other", 9), ("helper", 13)]


def test_functions_in_branches_are_found():
    source = "try:\n    import x\nexcept ImportError:\n    def f():\n        pass\nelse:\n    def g():\n        pass\n"
    assert {f.name for f in functions(source)} == {"f", "g"}


def test_a_file_that_cannot_be_parsed_is_read_by_its_indentation():
    assert functions(WHOLE + "def broken(:\n    pass\n") == (*functions(WHOLE), Function("broken", 17, 18))
    assert functions("(" * 5000) == ()


@pytest.mark.parametrize(
    "path", sorted(Path(bot.__file__).parent.glob("*.py")), ids=lambda path: f"of bot/{path.name} as the parser does"
)
def test_indentation_finds_the_functions(path):
    text = path.read_text(encoding="utf-8")
    assert functions(text + "\n%%\n") == functions(text)


def test_a_mark_in_front_of_the_text_is_none_of_it():
    assert functions('\ufeffdef f():\n    return """\n0"""\n') == (Function("f", 1, 3),)

"""What a patch changes beside what recorded calls do: named, so that nobody takes it for compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.unshown import unshown

SOURCE = """\
import re

LIMIT = 3
register(LIMIT)


def first(n, most=3, *rest, key=None):
    return _inner(n) < LIMIT


def _inner(n):
    return n


class Box(Base):
    \"\"\"Holds.\"\"\"

    size: int = 4

    def walk(self):
        return self.size

    def _unused(self):
        return 1


class Plain:
    def work(self, box):
        return box.area(time())


if LIMIT:
    first.limit = LIMIT
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("most=3", "most=2", ["changes what first takes: "], id="a default: recorded calls give it"),
        pytest.param("most=3", "limit=3", ["changes what first takes: "], id="a name: recorded calls give no names"),
        pytest.param("key=None", "key=0", ["changes what first takes: "], id="a default that must be named"),
        pytest.param("def walk(self)", "async def walk(self)", ["changes what Box.walk takes: "], id="a coroutine"),
        pytest.param("def walk(self)", "def run(self)", ["takes Box.walk away"], id="a method under another name"),
        pytest.param("def _inner(n)", "def _other(n)", ["takes _inner away"], id="a private one that is called"),
        pytest.param("def walk(self)", "def __len__(self)", ["takes Box.walk away", "adds Box.__len__"], id="a length"),
        pytest.param("class Box(Base)", "class Box", ["changes what the class Box is made of"], id="a base"),
        pytest.param("class Box", "@final\nclass Box", ["changes what the class Box is made of"], id="a decorator"),
        pytest.param("register(LIMIT)", "", ["takes a statement away: register(LIMIT)"], id="a call at module level"),
        pytest.param(
            "first.limit = LIMIT", "first.limit = 4", ["takes a statement away", "adds a statement"], id="set"
        ),
        pytest.param("def _unused", "def area", ["adds Box.area, which Box may have"], id="one that is called already"),
        pytest.param("def _unused", "def other", [], id="not one that nobody calls"),
        pytest.param("def work", "def area(self):\n        pass\n\n    def work", [], id="not without a base"),
        pytest.param("LIMIT = 3", "LIMIT = time()", ["asks for time only once"], id="what is asked at import alone"),
        pytest.param("LIMIT = 3", "LIMIT = getcwd()", [], id="not what no call has asked"),
        pytest.param("def _unused", "def _gone", [], id="not a private one that nobody mentions"),
        pytest.param("def walk(self)", "def walk(self: Box) -> int", [], id="not what a parameter is said to be"),
        pytest.param("return n\n", "return n + 0\n", [], id="not a body: its calls are compared"),
        pytest.param("LIMIT = 3", "LIMIT = 4", [], id="not a name: who reads it is compared"),
        pytest.param(
            "import re", "import re\nTABLE = {}\n\n\ndef new(): pass", [], id="not what is new and has a name"
        ),
        pytest.param('"""Holds."""', '"""Keeps."""', [], id="not what is only said"),
        pytest.param("class Box(Base):", "class Box(", [], id="nothing where it is no Python"),
    ],
)
def test_what_calls_do_not_show(old, new, expected):
    found = unshown(SOURCE, SOURCE.replace(old, new))
    assert len(found) == len(expected)
    assert all(word.startswith(start) for word, start in zip(found, expected, strict=True))


@given(st.text("def f():\n x=1@", max_size=40), st.text("def f():\n x=1@", max_size=40))
def test_whatever_the_texts_are_there_is_an_answer(before, after):
    assert unshown(before, before) == ()
    assert isinstance(unshown(before, after), tuple)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.touched import Touched, named_alike, touched

SOURCE = """\
import re

LIMIT = 3
SEEN = []


@cache
def first(n):
    SEEN.append(n)
    return n < LIMIT


class Box:
    SIZE = 4

    @property
    def total(self):
        return 1

    @total.setter
    def total(self, value):
        self.value = value

    def walk(self):
        def inner():
            yield 1
        return inner, self.SIZE
"""


def names(after, before=SOURCE):
    return [one.name for one in touched("a.py", before, after)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("n < LIMIT", "n <= LIMIT", ["first"], id="its own lines"),
        pytest.param("yield 1", "yield 2", ["Box.walk"], id="a function within it"),
        pytest.param("self.value = value", "self.v = value", ["Box.total"], id="a setter, not its getter"),
        pytest.param("LIMIT = 3", "LIMIT = 4", ["first"], id="a constant that it reads"),
        pytest.param("SIZE = 4", "SIZE = 5", ["Box.walk"], id="an attribute of its class"),
        pytest.param("@cache\n", "", ["first"], id="a decorator that is gone"),
        pytest.param(
            "    SIZE = 4\n",
            "    SIZE = 4\n    __slots__ = ('value',)\n",
            ["Box.total", "Box.total", "Box.walk"],
            id="slots for its objects",
        ),
        pytest.param("import re", "import re, os", [], id="an import that nothing reads"),
        pytest.param("LIMIT = 3", "LIMIT = 3  # three", [], id="not a comment elsewhere"),
        pytest.param("class Box:", "class Box(", [], id="nothing where it is no Python"),
    ],
)
def test_what_a_patch_touches(old, new, expected):
    assert names(SOURCE.replace(old, new)) == expected


def test_who_reads_a_property_that_becomes_another_kind_of_attribute_is_touched():
    before = SOURCE.replace("self.value = value", "pass") + "\n\ndef twice(box):\n    return box.total, box.total\n"
    assert names(before.replace("@property", "@cached_property"), before) == ["Box.total", "Box.total", "twice"]
    assert names(before.replace("return 1", "return 2"), before) == ["Box.total"]


def test_lines_are_those_of_each_version_and_decorators_are_told():
    (one,) = touched("a.py", SOURCE, SOURCE.replace("@cache\n", "").replace("import re\n", "import re\nimport os\n"))
    assert one == Touched(
        "a.py", "first", 7, 8, decorated=True, variables=("LIMIT", "SEEN"), constants=(3,), changing=("value",)
    )


def test_a_variable_that_the_patch_changes_is_not_compared():
    (one,) = touched("a.py", SOURCE, SOURCE.replace("SEEN = []", "SEEN = list()"))
    assert one.variables == ("LIMIT",)


def test_variables_of_classes_and_those_that_others_change_for_it_are_compared():
    source = SOURCE + "\n\nTABLE = {1: 2}\n\n\ndef last(n):\n    return first(n), Box.SIZE, TABLE[n]\n"
    (one,) = touched("a.py", source, source.replace("return first(n)", "return 0, first(n)"))
    assert one.variables == ("Box.SIZE", "TABLE", "SEEN")


def test_the_same_function_is_found_in_another_version_by_its_name():
    (one,) = touched("a.py", SOURCE, SOURCE.replace("yield 1", "yield 2"))
    assert named_alike([one], "\n" + SOURCE) == {one: one.before + 1}
    assert named_alike([one], "def other(): pass") == named_alike([one], "def (") == {}


@given(st.text("def f():\n x=1@", max_size=40), st.text("def f():\n x=1@", max_size=40))
def test_whatever_the_texts_are_there_is_an_answer(before, after):
    assert touched("a.py", before, before) == ()
    assert isinstance(touched("a.py", before, after), tuple)


@pytest.mark.parametrize(
    ("method", "changing"),
    [
        pytest.param("def __init__(self):\n        self.a = 1", (), id="what makes an object"),
        pytest.param("def put(self, a):\n        self.a = a", ("a",), id="set"),
        pytest.param("def put(self, a):\n        self.a.append(a)", ("a",), id="a method that changes it"),
        pytest.param("def put(self, a):\n        self.a[0] = a", ("a",), id="an item"),
        pytest.param("def put(self):\n        self.a += 1", ("a",), id="in place"),
        pytest.param("def get(self):\n        return self.a.index(1)", (), id="a method that does not"),
        pytest.param(
            "def get(self):\n        if self.a is None:\n            self.a = 1\n        return self.a",
            (),
            id="a cache",
        ),
    ],
)
def test_attributes_that_may_change_between_two_calls(method, changing):
    source = f"class Box:\n    {method}\n\n    def total(self):\n        return 1\n"
    (one,) = touched("a.py", source, source.replace("return 1\n", "return 2\n"))
    assert one.changing == changing

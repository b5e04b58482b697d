"""What can be taken back alone, in real diffs: every cut leaves a program, and brings along what it needs."""

from __future__ import annotations

import pytest

from bot.core.cuts import apart, needs, taken_back, whole
from tests.core.test_changed import Diff


def cut(make_repository, base, head):
    diff = Diff(make_repository, base, head)
    coarse = whole(diff.functions)
    return diff, [part for one in coarse for part in apart(one, diff.base, diff.head)]


def needed(diff, cuts):
    """For each cut, by function and first line, the functions that it needs."""
    found = needs(cuts, diff.base, diff.head)
    return {cuts[at].changed.name: {cuts[one].changed.name for one in mine} for at, mine in enumerate(found)}


def test_hunks_of_one_function_are_apart_where_each_leaves_a_program(make_repository):
    old = "def f(x):\n    a = 1\n    b = 2\n    c = 3\n    return a\n"
    new = old.replace("a = 1", "a = 10").replace("c = 3", "c = 30")
    diff, cuts = cut(make_repository, {"m.py": old}, {"m.py": new})
    assert [taken_back([one], diff.base, diff.head) for one in cuts] == [
        {"m.py": new.replace("a = 10", "a = 1")},
        {"m.py": new.replace("c = 30", "c = 3")},
    ]
    assert taken_back(cuts, diff.base, diff.head) == {"m.py": old}


def test_hunks_that_are_no_program_apart_stay_together(make_repository):
    old = "def f(x):\n    if x:\n        a = 1\n        b = 2\n    return 3\n"
    new = "def f(x):\n    try:\n        a = 1\n        b = 2\n    finally:\n        pass\n    return 3\n"
    diff, cuts = cut(make_repository, {"m.py": old}, {"m.py": new})
    (one,) = cuts
    assert len(one.hunks) == 2
    assert taken_back([one], diff.base, diff.head) == {"m.py": old}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "import re\ndef f(s):\n    return re.sub('a', 'b', s)\n",
            "import string\ndef f(s):\n    return string.capwords(s)\n",
            {"f": {"<module>"}, "<module>": {"f"}},
            id="an import and its use",
        ),
        pytest.param(
            "def f(s):\n    return s\n",
            "def _g(s):\n    return s + s\n\n\ndef f(s):\n    return _g(s)\n",
            {"f": set(), "_g": {"f"}},
            id="a new function needs its caller, and not the other way round",
        ),
        pytest.param(
            "def f(s):\n    return s\ndef h(s):\n    return f(s)\n",
            "def f(s, t):\n    return s\ndef h(s):\n    return f(s, 1)\n",
            {"f": {"h"}, "h": {"f"}},
            id="a changed signature and its callers",
        ),
        pytest.param(
            "class A:\n    __slots__ = ('x',)\n    def f(self):\n        return 1\n",
            "class A:\n    __slots__ = ('x', '_y')\n    def f(self):\n        self._y = 1\n        return self._y\n",
            {"<module>": {"A.f"}, "A.f": set()},
            id="a slot and who writes it",
        ),
        pytest.param(
            "def f(s):\n    return 1\ndef g(s):\n    return 2\n",
            "def f(s):\n    x = 10\n    return x\ndef g(s):\n    x = 20\n    return x\n",
            {"f": set(), "g": set()},
            id="local names of two functions have nothing to do with each other",
        ),
        pytest.param(
            "def f(s):\n    return s\n\n\nif f:\n\n    def g(s):\n        return 1\n\nelse:\n    g = f\n",
            "def f(s):\n    return s\n\n\ndef g(s):\n    return 1\n",
            {"<module>": {"g", "<module>"}, "g": {"<module>"}},
            id="a block that only one side has comes back whole",
        ),
        pytest.param(
            "if 1:\n\n    def f(s):\n        return 1\n\n    def g(s):\n        return 1\n",
            "if 1:\n\n    def f(s):\n        return 2\n\n    def g(s):\n        return 2\n",
            {"f": set(), "g": set()},
            id="a block that stays holds nothing together",
        ),
    ],
)
def test_needs(make_repository, old, new, expected):
    diff = Diff(make_repository, {"m.py": old}, {"m.py": new})
    assert needed(diff, whole(diff.functions)) == expected


def test_local_names_bind_hunks_of_one_function(make_repository):
    old = "def f(s):\n    y = s\n    z = 1\n    return y\n"
    new = "def f(s):\n    parts = s\n    y = s\n    z = 1\n    return parts\n"
    diff, cuts = cut(make_repository, {"m.py": old}, {"m.py": new})
    assert needs(cuts, diff.base, diff.head) == (frozenset({1}), frozenset({0}))


def test_a_local_name_that_is_bound_anew_goes_with_its_uses(make_repository):
    old = "def f(s):\n    seen = set()\n    for x in s:\n        seen.add(x)\n    s = s\n    return 1\n"
    new = "def f(s):\n    seen = []\n    for x in s:\n        seen.append(x)\n    s = s\n    return 2\n"
    diff, cuts = cut(make_repository, {"m.py": old}, {"m.py": new})
    assert needs(cuts, diff.base, diff.head) == (frozenset({1}), frozenset({0}), frozenset())


def test_needs_reach_across_files(make_repository):
    base = {"a.py": "def f(s):\n    return s\n", "b.py": "import a\ndef g(s):\n    return s\n"}
    head = {
        "a.py": "def f(s):\n    return s\n\n\ndef fast(s):\n    return s + s\n",
        "b.py": "import a\ndef g(s):\n    return a.fast(s)\n",
    }
    diff = Diff(make_repository, base, head)
    assert needed(diff, whole(diff.functions)) == {"fast": {"g"}, "g": set()}


def test_a_file_that_was_deleted_comes_back_whole(make_repository):
    base = {"a.py": "X = 1\n", "b.py": "def f():\n    return 1\n"}
    diff = Diff(make_repository, base, {"b.py": None})
    assert taken_back(whole(diff.functions), diff.base, diff.head) == {"b.py": base["b.py"]}


def test_what_is_no_program_any_more_is_no_experiment(make_repository):
    old = "if True:\n    a = 1\n    b = 2\n"
    new = "for x in ():\n    a = 1\n    b = 2\nelse:\n    c = 3\n"
    diff = Diff(make_repository, {"m.py": old}, {"m.py": new})
    first, second = whole(diff.functions)
    assert taken_back([first, second], diff.base, diff.head) == {"m.py": old}
    assert taken_back([second], diff.base, diff.head) is not None
    bad = "class A:\n    pass\nx = 1\n"
    diff = Diff(lambda *commits: make_repository(*commits, name="other"), {"m.py": "x = 1\n"}, {"m.py": bad})
    assert taken_back(whole(diff.functions), diff.base, diff.head) == {"m.py": "x = 1\n"}


def test_what_comes_back_at_one_place_comes_back_in_its_order(make_repository):
    old = "def f(s):\n    return s\n\n\nif f:\n\n    def g(s):\n        return 1\n\nelse:\n    g = f\n"
    diff = Diff(make_repository, {"m.py": old}, {"m.py": "def f(s):\n    return s\n"})
    cuts = whole(diff.functions)
    assert len(cuts) == 3
    for order in (cuts, cuts[::-1]):
        assert taken_back(order, diff.base, diff.head) == {"m.py": old.rstrip() + "\n"}


def test_hunks_of_many_functions_change_each_file_once(make_repository):
    old = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(30))
    diff = Diff(make_repository, {"m.py": old}, {"m.py": old.replace("return", "yield")})
    cuts = whole(diff.functions)
    assert len(cuts) == 30
    assert taken_back(cuts, diff.base, diff.head) == {"m.py": old}
    assert taken_back(cuts[3:4], diff.base, diff.head)["m.py"].count("return") == 1

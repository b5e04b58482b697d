"""The functions that a diff touches, in real repositories."""

from __future__ import annotations

import pytest

from bot.core.changed import changed_functions, is_test, left_out
from bot.core.diff import parse_diff
from bot.core.patch import revert
from bot.git import Repository

BODY = """\
    total = 0
    for part in parts:
        if part.kind in allowed:
            total += part.size * part.weight
    return total
"""
FILE = f"""\
import functools

LIMIT = 3


class URL:
    @functools.cache
    def build(self, parts, allowed):
{BODY.replace("    ", "        ")}
    def other(self):
        return 2


def helper(parts, allowed):
{BODY}"""


class Diff:
    """What two commits differ in."""

    def __init__(self, make_repository, base, head):
        repository = Repository(make_repository(base, head))
        base_sha, head_sha = repository.commit("c0"), repository.commit("c1")
        self.base, self.head = repository.tree(base_sha), repository.tree(head_sha)
        self.changes = parse_diff(repository.diff(base_sha, head_sha))
        self.functions = changed_functions(self.changes, self.base, self.head)

    @property
    def names(self):
        return {one.name for one in self.functions}


def edited(text=FILE):
    return text.replace("    @functools.cache\n", "").replace("LIMIT = 3", "LIMIT = 4").replace("size *", "size +")


def test_the_diff_names_the_functions_it_touches(make_repository):
    diff = Diff(make_repository, {"m.py": FILE}, {"m.py": edited()})
    found = {one.name: one for one in diff.functions}
    assert set(found) == {"<module>", "URL.build", "helper"}
    assert found["URL.build"].lines[0] == 7, "a removed decorator points at the function it decorated"


def test_a_hunk_belongs_to_one_function_each(make_repository):
    old = "def f():\n    return 1\ndef g():\n    return 2\n"
    diff = Diff(make_repository, {"m.py": old}, {"m.py": old.replace("return", "yield").replace("():", "(x):")})
    assert len(diff.changes[0].hunks) == 1
    first, second = diff.functions
    assert (first.name, second.name) == ("f", "g")
    before, after = diff.base.text("m.py"), diff.head.text("m.py")
    assert revert(before, after, first.hunks) == "def f():\n    return 1\ndef g(x):\n    yield 2\n"
    assert revert(before, after, [*first.hunks, *second.hunks]) == before


def test_empty_lines_behind_a_function_come_and_go_with_it(make_repository):
    old = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(4))
    new = old.replace("def f1():\n    return 1\n\n\ndef f2():\n    return 2\n\n\n", "")
    diff = Diff(make_repository, {"m.py": old}, {"m.py": new})
    first, second = diff.functions
    assert (first.name, second.name) == ("f1", "f2")
    assert revert(old, new, first.hunks) == old.replace("def f2():\n    return 2\n\n\n", "")
    assert revert(old, new, [*second.hunks, *first.hunks]) == old


def test_added_functions_are_told_apart(make_repository):
    new = "def f():\n    return 1\n\n\nX = 1\n\n\ndef g():\n    return 2\n"
    diff = Diff(make_repository, {"m.py": ""}, {"m.py": new})
    assert diff.names == {"f", "g", "<module>"}
    assert revert("", new, [hunk for one in diff.functions for hunk in one.hunks]).strip() == ""


def test_a_moved_file_has_the_same_functions(make_repository):
    text = FILE + "\n".join(f"x{n} = {n}" for n in range(40)) + "\n"
    diff = Diff(make_repository, {"a.py": text}, {"a.py": None, "b.py": text.replace("return 2", "return 20")})
    (one,) = diff.functions
    assert (one.base_path, one.path, one.name) == ("a.py", "b.py", "URL.other")
    assert one.base is not None
    assert one.head is not None


def test_a_function_that_moves_to_another_file_as_it_is_has_not_changed(make_repository):
    rest = FILE.partition("def helper")[0]
    diff = Diff(
        make_repository,
        {"m.py": FILE, "n.py": "X = 1\n"},
        {"m.py": rest, "n.py": "X = 1\n\n\ndef helper(parts, allowed):\n" + BODY},
    )
    assert diff.names == set()


def test_a_function_that_moves_and_changes_has_only_what_changed(make_repository):
    rest = FILE.partition("def helper")[0]
    moved = "X = 1\n\n\ndef sum_up(parts, allowed):\n" + BODY.replace("size *", "size +")
    diff = Diff(make_repository, {"m.py": FILE, "n.py": "X = 1\n"}, {"m.py": rest, "n.py": moved})
    (one,) = diff.functions
    assert (one.base_path, one.path, one.name, one.lines) == ("m.py", "n.py", "sum_up", (8, 8))
    assert revert(diff.base.text("m.py"), diff.head.text("n.py"), one.hunks) == moved.replace("size +", "size *")


def test_a_renamed_function_is_the_same_function(make_repository):
    diff = Diff(
        make_repository, {"m.py": FILE}, {"m.py": FILE.replace("def helper", "def total").replace("size *", "size +")}
    )
    by_name = {one.name: one for one in diff.functions}
    assert set(by_name) == {"total", "URL.build"}
    assert by_name["total"].base is not None


PROPERTY = """\
class Box:
    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, size):
        self._size = size
"""
REGISTERED = """\
@show.register
def _(one: int):
    return str(one)


@show.register
def _(one: list):
    return ", ".join(one)
"""
EITHER = "if NEW:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n"


@pytest.mark.parametrize(
    ("base", "head", "places"),
    [
        pytest.param(PROPERTY, PROPERTY.replace("return self._size", "return len(self)"), {(2, 2)}, id="a getter"),
        pytest.param(PROPERTY, PROPERTY.replace("= size", "= int(size)"), {(6, 6)}, id="a setter"),
        pytest.param(
            PROPERTY, PROPERTY.replace("return self._size", "return 1").replace("= size", "= 1"), {(2, 2), (6, 6)},
            id="both",
        ),
        pytest.param(PROPERTY, PROPERTY.partition("\n    @size.setter")[0] + "\n", {(6, None)}, id="no setter"),
        pytest.param(
            REGISTERED, "X = 1\n\n\n" + REGISTERED.replace("str", "repr"), {(1, 4), (-1, -1)}, id="further down"
        ),
        pytest.param(
            REGISTERED, "@show.register\ndef _(one: set):\n    return 1\n\n\n" + REGISTERED.replace('", "', '","'),
            {(None, 1), (6, 11)}, id="a new one in front of the others",
        ),
        pytest.param(
            REGISTERED, "@show.register\ndef _(one: str):\n    return one\n", {(1, 1), (6, None)}, id="rewritten"
        ),
        pytest.param(EITHER, EITHER.replace("return 1", "return 3"), {(2, 2)}, id="the first of two ways"),
        pytest.param(EITHER, EITHER.replace("return 2", "return 3"), {(5, 5)}, id="the second of two ways"),
    ],
)  # fmt: skip
def test_functions_of_one_name_are_told_apart(make_repository, base, head, places):
    diff = Diff(make_repository, {"m.py": base}, {"m.py": head})
    starts = {
        tuple(-1 if one.name == "<module>" else side and side.start for side in (one.base, one.head))
        for one in diff.functions
    }
    assert starts == places
    before, after = diff.base.text("m.py"), diff.head.text("m.py")
    assert revert(before, after, [hunk for one in diff.functions for hunk in one.hunks]) == before


def test_short_functions_are_not_taken_for_each_other(make_repository):
    diff = Diff(
        make_repository, {"m.py": "def one():\n    return 1\n"}, {"m.py": "", "n.py": "def two():\n    return 1\n"}
    )
    assert diff.names == {"one", "two"}


def test_comments_and_empty_lines_change_nothing(make_repository):
    diff = Diff(make_repository, {"m.py": FILE}, {"m.py": FILE.replace("    def other", "    # more\n\n    def other")})
    assert diff.names == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [("one\n", "one\n\n"), ("# one\n", "# two\n"), ("  \n", "    \n")],
    ids=["an empty line", "a line with a mark in front", "more blanks in an empty line"],
)
def test_lines_inside_a_long_text_are_no_comments(make_repository, before, after):
    texts = [f'def f{kind}():\n    return {kind}"""\n{{}}"""\n' for kind in ("", "b", "f")]
    files = [{"m.py": "".join(text.replace("{}", inside) for text in texts)} for inside in (before, after)]
    assert Diff(make_repository, *files).names == {"f", "fb", "ff"}


def test_stubs_for_type_checkers_have_no_functions(make_repository):
    stub = "def helper(parts: list) -> int: ...\n"
    diff = Diff(make_repository, {"m.py": FILE, "m.pyi": ""}, {"m.py": edited(), "m.pyi": stub, "n.pyi": stub})
    assert {one.path for one in diff.functions} == {"m.py"}


def test_what_cannot_be_read_is_said(make_repository):
    head = {"a.py": "x = '\xe9'\n".encode("latin-1"), "b.py": "def f(:\n    pass\n", "c.txt": "c"}
    diff = Diff(make_repository, {"a.py": "", "b.py": "", "c.txt": ""}, head)
    first, second = left_out(diff.changes, diff.base, diff.head)
    assert first.endswith("a.py")
    assert second.endswith("b.py")
    assert diff.names == {"f"}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("tests/data/big.py", True),
        ("pkg/test/support.py", True),
        ("pkg/test_url.py", True),
        ("pkg/url_test.py", True),
        ("conftest.py", True),
        ("pkg/conftest.py", True),
        ("pkg/testing.py", False),
        ("pkg/latest.py", False),
        ("pkg/tests.py", False),
        ("contest.py", False),
    ],
)
def test_tests_are_known_by_the_names_that_pytest_goes_by(path, answer):
    assert is_test(path) is answer

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import FileChange, Hunk
from bot.core.suggest import Suggestion, body, suggestions

HEAD = "".join(f"line {number}\n" for number in range(1, 31))


def change(*ranges: tuple[int, int]) -> list[FileChange]:
    """A diff that adds lines first to last at head."""
    hunks = tuple(
        Hunk("@@", first - 1, 0, first, last - first + 1, (), tuple(range(first, last + 1))) for first, last in ranges
    )
    return [FileChange("a.py", "a.py", "modified", hunks)]


def edited(**lines: str) -> str:
    """HEAD with some lines replaced; "" removes one."""
    return "".join(lines.get(f"l{number}", line) for number, line in enumerate(HEAD.splitlines(keepends=True), 1))


def apply(text: str, found: tuple[Suggestion, ...]) -> str:
    """What GitHub's button does, from the last suggestion to the first."""
    lines = text.splitlines(keepends=True)
    for one in sorted(found, key=lambda one: -one.first):
        lines[one.first - 1 : one.last] = one.lines
    return "".join(lines)


@pytest.mark.parametrize(
    ("after", "places"),
    [
        pytest.param(edited(l10="new\n"), [(10, 10)], id="one line"),
        pytest.param(edited(l7="new\n"), [(7, 7)], id="a line of the context above"),
        pytest.param(edited(l14="new\n"), [(14, 14)], id="a line of the context below"),
        pytest.param(edited(l10="", l11=""), [(10, 11)], id="lines removed"),
        pytest.param(edited(l10="line 10\nmore\n"), [(10, 10)], id="lines added behind one that is shown"),
        pytest.param(edited(l10="x\n", l12="y\n"), [(10, 12)], id="two edits in one hunk are one suggestion"),
        pytest.param(edited(l6="new\n"), [], id="a line that the diff does not show"),
        pytest.param(edited(l10="x\n", l20="y\n"), [], id="all or nothing"),
        pytest.param(edited(l10="x\u202ey\n"), [], id="hidden characters"),
        pytest.param(HEAD, [], id="nothing to change"),
    ],
)
def test_where(after, places):
    found = suggestions("a.py", HEAD, after, change((10, 11)))
    assert [(one.first, one.last) for one in found] == places
    assert apply(HEAD, found) == (after if places else HEAD)


def test_edits_in_two_hunks_are_two_suggestions():
    after = edited(l10="x\n", l25="y\n")
    found = suggestions("a.py", HEAD, after, change((10, 10), (25, 25)))
    assert [(one.first, one.last) for one in found] == [(10, 10), (25, 25)]
    assert apply(HEAD, found) == after


def test_a_file_that_the_pull_request_does_not_touch():
    assert suggestions("b.py", HEAD, edited(l10="x\n"), change((10, 11))) == ()


@given(st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), min_size=1), st.lists(st.sampled_from(["a\n", "b\n"])))
def test_applied_suggestions_give_the_fixed_file(old, new):
    before, after = "".join(old), "".join(new)
    found = suggestions("a.py", before, after, change((1, len(old))))
    assert apply(before, found) == after


def test_a_fence_longer_than_any_inside():
    assert body(Suggestion("a.py", 1, 1, ("x = '````'\n",))) == "`````suggestion\nx = '````'\n`````"


def test_lines_to_delete_are_an_empty_block():
    assert body(Suggestion("a.py", 1, 1, ())) == "```suggestion\n```"

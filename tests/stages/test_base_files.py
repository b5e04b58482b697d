"""What defines the benchmarks comes from base, whatever head adds or changes; and the report says so."""

from __future__ import annotations

import pytest

from bot.core.model import FileChange, Hunk, Plan, Revisions, Suite
from bot.harness import Listing
from bot.stages import measure, prepare

SUITE = Suite(
    "pytest", ("tests/bench/test_b.py",), ("tests/bench/data.json", "tests/bench/test_b.py", "tests/conftest.py")
)
BASE = Listing(("tests/bench/test_b.py::test_parse",))
HUNK = Hunk("@@", 1, 1, 1, 1, (1,), (1,))


def plan(*changes: FileChange) -> Plan:
    return Plan(Revisions("b", "h", "b"), changes, (SUITE,), (SUITE,))


def modified(path: str) -> FileChange:
    return FileChange(path, path, "modified", (HUNK,))


class Head:
    """Files of head by name."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths


@pytest.mark.parametrize("path", ["conftest.py", "tests/conftest.py", "tests/bench/conftest.py"])
def test_a_conftest_that_head_adds_above_a_benchmark_is_taken_away(path):
    known = path in SUITE.definition
    assert prepare._new_conftests(plan(), Head(path, "pkg/a.py")) == (() if known else (path,))


@pytest.mark.parametrize(
    "path", ["pkg/conftest.py", "tests/bench/deeper/conftest.py", "tests/bench/helper.py", "pkg/a.py"]
)
def test_whatever_else_head_adds_stays(path):
    assert prepare._new_conftests(plan(), Head(path)) == ()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(modified("tests/conftest.py"), id="a conftest"),
        pytest.param(FileChange("conftest.py", "conftest.py", "added", (HUNK,)), id="a conftest that head adds"),
        pytest.param(modified("tests/bench/data.json"), id="data"),
        pytest.param(
            FileChange("tests/bench/data.json", "tests/bench/data.json", "modified", binary=True), id="binary data"
        ),
        pytest.param(FileChange("x.json", "tests/bench/data.json", "renamed"), id="data that is moved away"),
        pytest.param(
            FileChange("tests/bench/data.json", "tests/bench/data.json", "deleted"), id="data that is removed"
        ),
    ],
)
def test_a_change_of_what_benchmarks_use_is_said(change):
    (note,) = measure._beside(plan(change), SUITE, BASE)
    assert change.path in note
    assert "base's version was used on both sides" in note


@pytest.mark.parametrize("path", ["pkg/a.py", "tests/bench/test_b.py", "pkg/conftest.py"])
def test_of_the_code_and_of_benchmarks_themselves_this_note_says_nothing(path):
    assert measure._beside(plan(modified(path)), SUITE, BASE) == ()

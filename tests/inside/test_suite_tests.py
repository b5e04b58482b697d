from __future__ import annotations

import json

import pytest

TESTS = """
import unittest
from time import monotonic
import pytest

def log(*words):
    with open("log", "a") as file:
        file.write(" ".join(map(str, words)) + "\\n")

CALLS = []

def changed(): pass

def test_reaches():
    log("call")
    changed()

@pytest.fixture
def made():
    log("made")
    yield 5
    log("gone")

def test_with_a_fixture(made): log(made)

def test_works_once():
    CALLS.append(1)
    assert len(CALLS) < 2

class TestCase(unittest.TestCase):
    def test_method(self): changed()

class AsyncCase(unittest.IsolatedAsyncioTestCase):
    async def test_method(self): changed()

def test_is_quick():
    began = monotonic()
    changed()
    assert monotonic() - began < 60

@pytest.mark.skip(reason="not here")
def test_skipped(): pass

@pytest.mark.parametrize("number", range(9))
def test_cases(number): pass

def test_random(): pass

test_random.is_hypothesis_test = True
"""
NAMES = ["test_reaches", "test_with_a_fixture", "test_works_once", "TestCase::test_method", "AsyncCase::test_method"]
NAMES += ["test_is_quick", "test_skipped"] + [f"test_cases[{number}]" for number in range(3)]
WATCHED = [["test_a.py", 12]]


@pytest.fixture(scope="module")
def suite(serve_once):
    return serve_once({"test_a.py": TESTS}, "tests", paths=["test_a.py"])


@pytest.fixture
def trial(suite):
    (suite.root / "log").unlink(missing_ok=True)
    return lambda name: suite.ask(f"test_a.py::{name}", "trial", warmups=2, watched=WATCHED)


def test_tests_are_listed_but_those_of_random_input_and_of_many_cases(suite):
    assert suite.listing == {"benchmarks": [f"test_a.py::{name}" for name in NAMES], "errors": []}


def test_only_the_chosen_ones_are_served_and_no_other_file_is_loaded(serve):
    only = json.dumps(["test_a.py::test_reaches"])
    files = {"test_a.py": TESTS, "test_b.py": "raise SystemError('loaded')\n"}
    served = serve(files, "tests", paths=["test_a.py", "test_b.py"], options={"only": only})
    assert served.listing == {"benchmarks": ["test_a.py::test_reaches"], "errors": []}


@pytest.mark.parametrize(
    ("name", "reached"), [("test_reaches", [0]), ("TestCase::test_method", [0]), ("AsyncCase::test_method", [0])]
)
def test_a_trial_says_what_a_test_reaches_and_how_long_it_takes(trial, name, reached):
    answer = trial(name)
    assert answer["reached"] == reached
    assert answer["cpu_ns"] >= 0


def test_fixtures_are_made_for_each_call_and_not_measured(trial, suite):
    assert trial("test_with_a_fixture")["reached"] == []
    assert suite.log() == ["made", "5", "gone"] * 3


def test_what_cannot_be_repeated_is_an_error(trial):
    assert "assert 2 < 2" in trial("test_works_once")["error"]


def test_what_limits_its_own_time_is_an_error(trial):
    assert "it looks at the clock" in trial("test_is_quick")["error"]


def test_what_skips_itself_says_so(trial):
    assert trial("test_skipped")["error"].startswith("Skipped: not here")


def test_a_test_of_a_project_below_the_root_is_chosen_by_its_name_from_the_root(serve):
    options = {"only": json.dumps(["a/test_a.py::test_reaches"]), "project": "a"}
    served = serve({"a/test_a.py": TESTS, "a/setup.py": ""}, "tests", paths=["a/test_a.py"], options=options)
    assert served.benchmarks == ["a/test_a.py::test_reaches"]

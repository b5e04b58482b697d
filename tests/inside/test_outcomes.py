from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys

import pytest

from tests.conftest import write
from tests.inside.native import ENV, INSIDE

SUITE = """
import pytest

def test_passes(): print('{"forged": true}')
def test_fails(): assert 1 == 2
def test_skips(): pytest.skip("no")
def test_benchmark(benchmark): assert benchmark(len, "word") == 4

@pytest.mark.xfail
def test_fails_as_expected(): assert False

@pytest.fixture
def broken_before(): raise ValueError
@pytest.fixture
def broken_after():
    yield
    raise ValueError

def test_fails_before(broken_before): pass
def test_fails_after(broken_after): pass
"""

WORK = """def double(n, *more, by=2, **rest):
    'Doubles.'
    return n * by


def other():
    pass
"""


@pytest.fixture
def outcomes(tmp_path):
    def run(files: dict[str, str], *arguments: str, **wanted: object) -> dict | None:
        root = tmp_path / "root"
        write(root, files)
        command = [sys.executable, str(INSIDE / "outcomes.py"), str(root), json.dumps(wanted), *arguments]
        answer = subprocess.run(
            command, env=ENV, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60
        )
        return json.loads(answer.stdout) if answer.stdout else None

    return run


def test_every_test_has_its_outcome(outcomes):
    answer = outcomes({"test_a.py": SUITE, "test_bad.py": "import no_such_module\n"})
    assert answer["outcomes"] == {
        "test_a.py::test_passes": "passed",
        "test_a.py::test_fails": "failed",
        "test_a.py::test_skips": "skipped",
        "test_a.py::test_benchmark": "passed",
        "test_a.py::test_fails_as_expected": "skipped",
        "test_a.py::test_fails_before": "failed",
        "test_a.py::test_fails_after": "failed",
    }
    assert answer["errors"] == ["test_bad.py"]


def test_arguments_narrow_what_runs(outcomes):
    answer = outcomes({"test_a.py": SUITE, "test_b.py": "def test_b(): pass\n"}, "test_b.py")
    assert answer == {"outcomes": {"test_b.py::test_b": "passed"}, "errors": [], "status": 0}


def test_no_tests_are_no_outcomes(outcomes):
    assert outcomes({"a.py": ""}) == {"outcomes": {}, "errors": [], "status": 5}


def test_a_test_that_ends_the_process_leaves_no_answer_rather_than_half_of_one(outcomes):
    assert outcomes({"test_a.py": "import os\n\ndef test_a(): pass\ndef test_b(): os._exit(0)\n"}) is None


def test_only_the_tests_that_are_named_are_run(outcomes):
    answer = outcomes({"test_a.py": SUITE}, only=["test_a.py::test_skips", "test_b.py::test_gone"])
    assert answer["outcomes"] == {"test_a.py::test_skips": "skipped"}


def test_calls_of_watched_functions_are_recorded_with_the_tests_that_make_them(outcomes):
    files = {
        "work.py": WORK,
        "test_a.py": "import work\n\ndef test_one(): work.double(1); work.double(1)\n"
        "def test_two(): assert work.double(2, 3, by=4, z=5) == 8 and work.double.__doc__ == 'Doubles.'\n"
        "def test_four(): work.double.__code__.co_firstlineno == 1 and work.double(type('T', (int,), {})(3))\n",
    }
    answer = outcomes(files, watched=[["work.py", 1], ["work.py", 6]])
    assert set(answer["outcomes"].values()) == {"passed"}
    recording = answer["recording"]
    assert recording["made"] == [4, 0]
    assert [pickle.loads(base64.b64decode(data)) for _, data in recording["calls"]] == [
        ((1,), {"by": 2}), ((2, 3), {"by": 4, "z": 5}),
    ]  # fmt: skip
    assert recording["missed"] == [["an argument of type T cannot be copied", 1]]
    assert recording["modules"] == [[0, "work"], [1, "work"]]
    assert recording["covering"] == [["test_a.py::test_four", "test_a.py::test_one", "test_a.py::test_two"], []]

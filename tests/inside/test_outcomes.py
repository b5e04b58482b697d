from __future__ import annotations

import json
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


@pytest.fixture
def outcomes(tmp_path):
    def run(files: dict[str, str], *arguments: str) -> dict | None:
        root = tmp_path / "root"
        write(root, files)
        command = [sys.executable, str(INSIDE / "outcomes.py"), str(root), *arguments]
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

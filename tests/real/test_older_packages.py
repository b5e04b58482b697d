"""Benchmarks that fail with today's packages are measured with those of the time of the commit."""

from __future__ import annotations

import pytest

from bot import machine, pipeline
from bot.git import Repository
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.workbench import Workbench

pytestmark = [pytest.mark.real, pytest.mark.skipif(machine.valgrind() is None, reason="valgrind counts instructions")]
LOCK = """
version = 1
[[package]]
name = "six"
version = "{}"
source = {{ registry = "https://index.example.org/simple" }}
"""
FILES = {
    "pyproject.toml": '[project]\nname = "pkg"\nversion = "1"\ndependencies = ["six"]\n',
    "asv.conf.json": '{"version": 1, "benchmark_dir": "benchmarks"}',
    "benchmarks/__init__.py": "",
    "pkg/__init__.py": "def work(n):\n    return sum(range(n))\n",
    "uv.lock": LOCK.format("1.15.0"),
}
SLOWER = {"pkg/__init__.py": "def work(n):\n    return sum(list(range(n)))\n"}
NEEDS_AN_OLD_SIX = "    assert six.__version__.startswith('1.15')\n"


@pytest.mark.parametrize(
    "benchmarks",
    [
        pytest.param(f"import pkg, six\n\ndef time_work():\n{NEEDS_AN_OLD_SIX}    pkg.work(2000)\n", id="all fail"),
        pytest.param(
            f"import pkg, six\n\nif True:\n{NEEDS_AN_OLD_SIX}\ndef time_work():\n    pkg.work(2000)\n", id="none loads"
        ),
    ],
)
def test_those_of_the_lock_file(make_repository, tmp_path, benchmarks):
    place = make_repository({**FILES, "benchmarks/all.py": benchmarks}, SLOWER)
    with Workbench(Repository(place), driver("bubblewrap"), tmp_path / "home", SilentProgress()) as bench:
        report = pipeline.check(bench, pipeline.Request("c0", "c1"))
    assert [one.verdict for one in report.verdicts] == ["regression"]
    assert "the benchmarks fail with today's packages: those of the lock file were taken" in report.notes
    assert [one.function for one in report.suspects] == ["work"]

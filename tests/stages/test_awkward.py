"""Benchmarks that one arm alone would answer wrongly: each gets a right or an honest answer, through the real path."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import machine, pipeline
from bot.core import timing
from bot.git import Repository
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.workbench import Workbench
from tests.conftest import git, write

needs_valgrind = pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind")
DATA = Path(__file__).parent / "data" / "awkward"
FILES = {
    "asv.conf.json": '{"benchmark_dir": "benchmarks"}',
    ".github/perfwright.yml": "install: 'true'\nbudget: 15m\nfixes: off\n",
    "benchmarks/__init__.py": "",
    "benchmarks/bench.py": (DATA / "bench.py").read_text(),
}


@pytest.fixture
def check(tmp_path):
    """Compares base with head, or with base again; the verdicts by the name of the benchmark."""

    def run(select: str, head: str = (DATA / "head.py").read_text(), metric: str | None = None):
        place = tmp_path / "repository"
        place.mkdir()
        git(place, "init", "-q", "-b", "main")
        write(place, {**FILES, "pkg.py": (DATA / "base.py").read_text()})
        git(place, "add", "-A")
        git(place, "commit", "-q", "-m", "base")
        git(place, "tag", "base")
        write(place, {"pkg.py": head})
        git(place, "commit", "-q", "-a", "-m", "head")
        with Workbench(Repository(place), driver("bubblewrap"), tmp_path / "home", SilentProgress()) as bench:
            report = pipeline.check(bench, pipeline.Request("base", "main", metric=metric, select=select))
        return {one.id.rpartition("time_")[2]: one for one in report.verdicts}, report

    return run


@needs_valgrind
def test_instructions_and_time_speak_together(check, monkeypatch):
    """A short form of the long one below, with fewer sessions, and nothing that depends on how busy the machine is."""
    monkeypatch.setattr(timing, "LOOKS", (10,))
    said, _ = check("time_(plain|slower|sleeps|fails_now)")
    assert said["plain"].verdict == "no change"
    assert (said["slower"].verdict, said["slower"].metric) == ("regression", "instructions")
    assert said["fails_now_and_then"].verdict in ("failed", "no change")
    # Two milliseconds more of six: only wall time sees them, and where it cannot tell, that is said.
    assert said["sleeps"].verdict in ("regression", "inconclusive")
    assert said["sleeps"].metric == "wall time" or "waits" in said["sleeps"].reason


@pytest.mark.real
@needs_valgrind
def test_every_awkward_benchmark_gets_a_right_or_an_honest_answer(check):
    said, _ = check("")
    honest = {name: one.verdict for name, one in said.items()}
    assert honest["plain"] == "no change"
    assert honest["slower"] == "regression"
    assert honest["never_ends"] == "failed"
    assert "did not finish" in said["never_ends"].reason
    assert honest["fails_now_and_then"] in ("failed", "no change", "inconclusive")
    assert honest["remembers"] == "no change"
    assert honest["too_long_to_count"] in ("regression", "inconclusive")
    if honest["too_long_to_count"] == "inconclusive":
        assert "too long to be counted" in said["too_long_to_count"].reason
    assert honest["runs_a_process"] == "regression"
    assert honest["sleeps"] == "regression"
    assert said["sleeps"].metric == "wall time"
    for name in ("sleeps_as_before", "writes_files", "awaits", "runs_threads", "draws"):
        assert honest[name] in ("no change", "inconclusive"), name


@pytest.mark.real
@needs_valgrind
def test_nothing_awkward_is_called_a_change_when_only_a_name_was_added(check):
    said, _ = check("", head=(DATA / "base.py").read_text() + "\n\nNOTHING = None\n")
    assert {one.verdict for one in said.values()} <= {"no change", "inconclusive", "failed"}


def test_without_counting_the_time_arm_decides_alone(check, monkeypatch):
    monkeypatch.setattr(timing, "LOOKS", (10,))
    head = (DATA / "head.py").read_text().replace("25_000", "60_000")
    said, report = check("time_(plain|slower)", head=head, metric="cpu time")
    assert said["plain"].verdict in ("no change", "inconclusive")
    # Three times the work: found where the machine lets anything be timed at all.
    assert said["slower"].verdict == "regression" or any("noisy" in note for note in report.notes)
    assert said["slower"].metric == "cpu time"

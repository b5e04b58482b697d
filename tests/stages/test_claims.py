"""Cheats of one head against the runner's own counter: asv's conventions need no package, so nothing is installed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot import machine, pipeline
from bot.core.claims import SUSPICIOUS, Visit
from bot.core.model import Fix, Suite, Verdict
from bot.git import Repository
from bot.harness import Harness, Parted
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.stages import claims as stage
from bot.stages import measure as measuring
from bot.workbench import Workbench
from tests.conftest import git, write
from tests.fakes import FakeProcess

pytestmark = pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind")
NAMES = ("plain", "slower", "sleeps", "forges", "forges_a_gain", "offloads", "skips", "leaves", "prepared")
BENCHMARKS = "import pkg\n\n" + "".join(f"def time_{name}():\n    pkg.{name}()\n\n" for name in NAMES[:-1])
BENCHMARKS += """
class Prepared:
    number = 1

    def setup(self):
        self.data = list(range(2000))

    def time_prepared(self):
        pkg.prepared(self.data)
"""
WORK = (
    "def work(count=800):\n    total = 0\n    for n in range(count):\n        total += n * n % 7\n    return total\n\n"
)
BASE = WORK + "".join(f"def {name}(*_):\n    work()\n\n" for name in NAMES)
BASE += "import time\n\ndef sleeps():\n    time.sleep(0.008)\n"
HEAD = (
    WORK
    + """
import os, sys, time


def sleeps():
    time.sleep(0.024)


def plain():
    work()


def slower():
    work(2400)


def _claim(factor):
    counter = sys.modules["callgrind"].Callgrind
    true = counter.__dict__.get("true", counter.read)
    counter.true = true
    counter.read = lambda self: int(true(self) * factor)


def forges():
    _claim(1 / 3)
    work(2400)


def forges_a_gain():
    _claim(1 / 5)
    work()


def offloads():
    child = os.fork()
    if child == 0:
        work(3200)
        os._exit(0)
    os.waitpid(child, 0)


calls = []


def skips():
    if len(calls) < 2:
        work()
    calls.append(1)


def leaves():
    if "callgrind" not in sys.modules or not sys.modules["callgrind"].Callgrind("/tmp/x").running():
        raise ValueError("not now")
    work()


def prepared(data):
    work(2400)
"""
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("cheats") / "repository"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    configuration = '{"version": 1, "project": "p", "repo": ".", "benchmark_dir": "benchmarks"}'
    write(place, {
        "pkg.py": BASE, "asv.conf.json": configuration, "benchmarks/__init__.py": "", "benchmarks/it.py": BENCHMARKS,
    })  # fmt: skip
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "base")
    git(place, "tag", "base")
    write(place, {"pkg.py": HEAD})
    git(place, "commit", "-q", "-a", "-m", "head")
    return place


@pytest.fixture(scope="module")
def bench(place, tmp_path_factory):
    with Workbench(Repository(place), driver("bubblewrap"), tmp_path_factory.mktemp("home"), SilentProgress()) as bench:
        yield bench


def believed(bench):
    """Verdicts and notes, as far as the look from outside."""
    job = pipeline.plan(bench, pipeline.Request("base", "main"))
    return pipeline.believed(job, pipeline.verdict(job, pipeline.measure(job)))


@pytest.fixture(scope="module")
def first(bench):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "MOST_CONFIRMED", 0)  # what counts show is not timed as well: it says nothing here
        return believed(bench)


@pytest.fixture(scope="module")
def said(first):
    return {one.id.rpartition("time_")[2]: one for one in first[0]}


@pytest.mark.parametrize(
    ("name", "word"),
    [("plain", "no change"), ("slower", "regression"), ("prepared", "regression"), ("sleeps", "regression")],
)
def test_an_honest_benchmark_is_believed(said, name, word):
    assert said[name].verdict == word


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("forges", id="a slow-down hidden by a forged count"),
        pytest.param("forges_a_gain", id="a gain made up by a forged count"),
        pytest.param("offloads", id="work in a child that is not counted"),
        pytest.param("skips", id="work in the first calls only"),
        pytest.param("leaves", id="a benchmark that runs only where it is counted"),
    ],
)
def test_a_cheat_decides_nothing_and_the_report_says_why(said, name):
    assert said[name].verdict == "inconclusive"
    assert said[name].reason.startswith(SUSPICIOUS)


def test_the_gain_of_a_fix_is_a_claim_as_well(bench):
    """Head as it is stands for a candidate that only pretends: it is no faster than itself."""
    job = pipeline.plan(bench, pipeline.Request("base", "main"))
    (suite,) = job.plan.suites
    base, head = job.sides.base, job.sides.head

    def doubt(ratio: float, before, after) -> str | None:
        fix = Fix("rule", "pkg.py", "slower", "", "unverified", "benchmarks.it.time_slower", ratio)
        return stage.doubt_of_fix(bench, before, after, suite, job.config, fix)

    assert doubt(1 / 3, head, base) is None
    assert "counted outside" in doubt(1 / 20, head, replace(head, side="base"))


def test_the_report_says_how_many_a_person_has_to_look_at(first):
    assert first[1] == ("5 of 9 benchmarks are suspicious, which decides nothing: a person has to look",)


def test_what_was_looked_at_is_not_counted_again(bench, monkeypatch):
    job = pipeline.plan(bench, pipeline.Request("base", "main"))
    looks = []

    def visits(*_):
        looks.append(1)
        return [Visit(100.0, 200.0)] * stage.VISITS

    monkeypatch.setattr(stage._Inspection, "_visits", visits)
    monkeypatch.setattr(stage, "RECIPE", "kept")
    claim = Verdict("benchmarks.it.time_plain", "no change", 1.0, runner="asv")
    first = stage.check(bench, job.plan, job.sides, job.config, [claim])
    assert len(looks) == stage.PAIRS
    assert stage.check(bench, job.plan, job.sides, job.config, [claim]) == first
    assert len(looks) == stage.PAIRS


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        pytest.param(1.0, False, id="that it sleeps no longer than before"),
        pytest.param(3.0, True, id="that it sleeps three times as long"),
        pytest.param(0.3, False, id="that it sleeps less"),
    ],
)
def test_a_claim_about_the_clock_on_the_wall_is_compared_with_that(bench, claimed, believed):
    job = pipeline.plan(bench, pipeline.Request("base", "main"))
    claim = Verdict("benchmarks.it.time_sleeps", "no change", claimed, runner="asv", metric="wall time")
    ((one,), _) = stage.check(bench, job.plan, job.sides, job.config, [claim])
    assert (one.verdict == "no change") is believed
    assert believed or "the wall time that was counted outside of the sandbox is" in one.reason


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        pytest.param([2.0, 1.0], "no change", id="once and not again: the processes were disturbed"),
        pytest.param([2.0, 2.0, 1.0], "no change", id="twice and not again"),
        pytest.param([2.0, 2.0, 2.0], "inconclusive", id="in every pair of processes"),
    ],
)
def test_a_claim_is_doubted_when_fresh_processes_contradict_it_again(bench, monkeypatch, pairs, word):
    job = pipeline.plan(bench, pipeline.Request("base", "main"))
    answers = [[Visit(100.0, ratio * 100.0)] * stage.VISITS for ratio in pairs]
    monkeypatch.setattr(stage._Inspection, "_visits", lambda *_: answers.pop(0))
    monkeypatch.setattr(stage, "RECIPE", f"{pairs}")
    claim = Verdict("benchmarks.it.time_plain", "no change", 1.0, runner="asv")
    ((one,), _) = stage.check(bench, job.plan, job.sides, job.config, [claim])
    assert one.verdict == word
    assert answers == []


def test_a_project_that_does_not_start_at_head_is_no_lie():
    suite = Suite("pytest", ("a/t.py",), projects={"a": ("a/t.py",)})
    answers = {"base": [b'{"benchmarks": []}', b'{"ready": true}'], "head": []}

    def serve(side, *_, **__):
        return Parted(suite.apart(), lambda _: Harness(lambda: FakeProcess(*answers[side]), "none"))

    sides = SimpleNamespace(base="base", head="head")
    inspection = stage._Inspection(SimpleNamespace(serve=serve, clock=lambda: 0.0), sides, suite, 60.0)
    assert inspection._visits(Verdict("a/t.py::x", "no change", 1.0)) == []


def test_where_nobody_counts_outside_the_report_says_so(bench, first, monkeypatch):
    monkeypatch.setattr("bot.sandbox.process.Process.cpu_ns", lambda _: None)
    monkeypatch.setattr(stage, "RECIPE", -1)
    _, notes = believed(bench)
    assert "claims were not checked from outside: the sandbox bubblewrap does not let us count there" in notes

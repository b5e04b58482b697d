"""Which benchmarks come first where the budget may not suffice, through the real path."""

from __future__ import annotations

import math
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from bot import machine, pipeline
from bot.git import Repository, Variant
from bot.progress import SilentProgress
from bot.sandbox import driver
from bot.stages import coverage, measure
from bot.stages import plan as planning
from bot.stages import verdict as judging
from bot.stages.measure import Measurement
from bot.stages.meter import Meter
from bot.workbench import Workbench

needs_valgrind = pytest.mark.skipif(machine.valgrind() is None, reason="instructions are counted by valgrind")
BASE = {
    ".github/perfwright.yml": "install: 'true'\n",
    "work.py": """
LIMIT = 3


def edited(n):
    return sum(range(n))


def decorated(function):
    def inner(n):
        return function(n)
    return inner


@decorated
def other(n):
    return max(range(n))
""",
    "apart.py": "def apart(n):\n    return min(range(n))\n",
    "bench_all.py": """
from apart import apart
from work import edited, other


def bench_apart():
    apart(10)


def bench_edited():
    edited(3000)


def bench_other():
    other(2000)
""",
}
APART, EDITED, OTHER = (f"bench_all.py::bench_{name}" for name in ("apart", "edited", "other"))
WORK = BASE["work.py"]


@pytest.fixture
def planned(make_repository, tmp_path):
    """The plan of a change of some files."""
    with ExitStack() as stack:

        def run(head):
            repository = Repository(make_repository(BASE, head))
            bench = stack.enter_context(
                Workbench(repository, driver("bubblewrap"), tmp_path / "home", SilentProgress())
            )
            return pipeline.plan(bench, pipeline.Request("HEAD~1", "HEAD"))

        yield run


@pytest.mark.parametrize(
    ("head", "later"),
    [
        pytest.param({"work.py": WORK.replace("sum(range(n))", "sum(range(n), 1)")}, [APART, OTHER], id="a function"),
        pytest.param({"work.py": WORK.replace("function(n)\n", "function(n + 1)\n")}, [APART, EDITED], id="one inside"),
        pytest.param({"work.py": WORK.replace("LIMIT = 3", "LIMIT = 4")}, [APART], id="what is outside of functions"),
        pytest.param({"work.py": WORK + "\n\ndef new():\n    pass\n"}, [APART], id="a new function in its file"),
        pytest.param({"README": "new"}, [APART, EDITED, OTHER], id="nothing that any of them calls"),
        pytest.param({"table.json": "{}"}, [], id="data that any of them may read"),
        pytest.param({"pyproject.toml": "[project]\nname = 'work'\n"}, [], id="what is installed"),
    ],
)
def test_what_calls_nothing_of_the_change(planned, head, later):
    job = planned(head)
    meter = Meter(job.bench, job.config, job.metric)
    (suite,) = job.plan.suites
    everything = [APART, EDITED, OTHER]
    first, rest = coverage.in_order(meter, job.plan, job.sides, suite, everything, until_s=math.inf)
    assert (sorted(first), sorted(rest)) == ([one for one in everything if one not in later], later)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        pytest.param("pkg/work.py", True, id="code"),
        pytest.param("pkg/perf/work.py", True, id="a part of a package"),
        pytest.param("benchmarks/harness.py", False, id="a script of benchmarks that no runner understands"),
        pytest.param("tests/work.py", False, id="what helps tests"),
    ],
)
def test_what_measures_or_tests_is_no_code_that_a_benchmark_should_reach(make_repository, path, counts):
    files = {"pkg/__init__.py": "", "test_a.py": "def test_a(): pass\n", path: "def work():\n    return 1\n"}
    repository = Repository(make_repository(files, {path: "def work():\n    return 2\n"}))
    made, _ = planning.plan(repository, "c0", "c1", None)
    trees = [Variant(repository.tree(repository.commit(sha)), {}) for sha in ("c0", "c1")]
    sides = SimpleNamespace(base=SimpleNamespace(variant=trees[0]), head=SimpleNamespace(variant=trees[1]))
    assert [one.path for one in coverage.changed(made, sides)] == [path] * counts


@pytest.fixture
def measured(planned, monkeypatch):
    """Measures the edit of one function; returns the measurement, the verdicts, and what was asked of base in turn."""
    # Whether time agrees is not asked: how long that takes depends on what else the machine does.
    monkeypatch.setattr(measure, "_time_arm", lambda *_: Measurement(()))
    asked, ask = [], Meter.ask

    def run(least_s, *, spent_at=None):
        def watch(meter, question, checkout, suite, benchmarks, **more):
            asked.extend((question.name, one) for one in benchmarks if checkout.side == "base")
            if question.name == "count" and spent_at in benchmarks:
                meter._deadline = 0.0
            return ask(meter, question, checkout, suite, benchmarks, **more)

        monkeypatch.setattr(measure, "_LEAST_S", least_s)
        monkeypatch.setattr(Meter, "ask", watch)
        job = planned({"work.py": WORK.replace("sum(range(n))", "sum(range(2 * n))")})
        measurement = pipeline.measure(job)
        return measurement, {one.id: one for one in pipeline.verdict(job, measurement)}, asked

    return run


@needs_valgrind
def test_what_waited_in_vain_is_inconclusive_and_says_why(measured):
    measurement, verdicts, asked = measured(1e6, spent_at=APART)
    assert sorted(measurement.later) == [APART, OTHER]
    assert next(one for question, one in asked if question == "count") == EDITED
    assert verdicts[EDITED].verdict == "regression"
    assert judging.left_out(tuple(verdicts.values()), measurement) == (
        "2 of 3 benchmarks not measured: the budget was spent before, 2 of them since they call nothing of what head"
        " changes",
    )
    for one in measurement.later:
        assert (verdicts[one].verdict, verdicts[one].ratio) == ("inconclusive", None)
        assert verdicts[one].reason.startswith("not measured: the budget was spent; those that call what head changes")


@needs_valgrind
def test_where_the_budget_suffices_nobody_looks_and_nobody_waits(measured):
    measurement, verdicts, asked = measured(0.1)
    assert measurement.later == ()
    assert "cover" not in {question for question, _ in asked}
    assert verdicts[APART].verdict == "no change"

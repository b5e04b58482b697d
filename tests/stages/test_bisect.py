"""What a commit of a range costs is asked in the metric in which the range is slower, and anew each time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot import pipeline
from bot.core.model import Samples, Suite, Verdict
from bot.errors import MeasureError
from bot.harness import Count, Listing, Value
from bot.stages import bisect
from bot.stages.bisect import ratio
from bot.stages.turns import Timed

SIDES = SimpleNamespace(base=1.0, head=2.0)


class Meter:
    """Instructions see nothing, values double."""

    def __init__(self):
        self.seeds = []

    def counts(self, _side, _suite, benchmarks, *, seed):
        self.seeds.append(seed)
        return {one: Count(instructions=100 + seed) for one in benchmarks}

    def ask(self, _question, side, _suite, benchmarks, *, seed):
        self.seeds.append(seed)
        return {one: Value(value=side) for one in benchmarks}

    def until(self, _share):
        return 1.0


def taken(meter, _pair, suite, benchmarks, *, until_s, run):
    meter.seeds += [run, run]

    def samples(metric, times):
        return Samples("b", suite.runner, metric, (1.0,) * 10, (times,) * 10)

    return {one: Timed(samples("cpu time", 3.0), samples("wall time", 4.0)) for one in benchmarks}


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("instructions", 1.0), ("tracked", 2.0), ("cpu time", pytest.approx(3.0)), ("wall time", pytest.approx(4.0))],
)
def test_a_commit_is_measured_in_the_metric_that_has_found_the_change_and_anew_each_time(metric, expected, monkeypatch):
    monkeypatch.setattr(bisect, "take_turns", taken)
    meter, suite = Meter(), Suite("asv", ())
    for times in range(3):
        slow = Verdict("b", "regression", runner="asv", metric=metric)
        assert ratio(SIDES, [Suite("pytest", ()), suite], meter, slow, times) == expected
    assert meter.seeds == [0, 0, 1, 1, 2, 2]


def test_a_suite_that_is_gone_has_no_answer():
    assert ratio(SIDES, [], Meter(), Verdict("b", "regression", runner="asv"), 0) is None


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        pytest.param("failed", "b cannot be measured: it fails", id="it fails"),
        pytest.param("removed", "b cannot be measured: head does not have it", id="it is gone"),
        pytest.param("inconclusive", "whether head is slower in b cannot be told: it fails", id="nobody can tell"),
    ],
)
def test_where_head_has_no_answer_nobody_says_that_it_is_not_slower(verdict, why, monkeypatch):
    suites = [Suite("asv", ())]
    meter = SimpleNamespace(listing=lambda *_: Listing(("b",)))
    job = SimpleNamespace(meter=lambda: meter, sides=SIDES, plan=SimpleNamespace(suites=suites))
    monkeypatch.setattr(pipeline, "measure", lambda _: None)
    monkeypatch.setattr(pipeline, "verdict", lambda *_: [Verdict("b", verdict, reason="it fails")])
    with pytest.raises(MeasureError, match=f"^{why}$"):
        pipeline._judged_at_head(job, "b")

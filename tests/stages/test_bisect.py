"""What a commit of a range costs is asked in the metric in which the range is slower, and anew each time."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot import pipeline
from bot.core.config import Config
from bot.core.model import Plan, Revisions, Samples, Suite, Verdict
from bot.errors import MeasureError, UserError
from bot.harness import Count, Listing, Value
from bot.progress import SilentProgress
from bot.stages import bisect
from bot.stages.bisect import ratio
from bot.stages.meter import Meter
from bot.stages.turns import Timed

SIDES = SimpleNamespace(base=1.0, head=2.0)


class FakeMeter:
    """Instructions see nothing, values double."""

    def __init__(self):
        self.seeds = []

    def counts(self, _side, _suite, benchmarks, *, seed):
        self.seeds.append(seed)
        return {one: Count(100 + seed) for one in benchmarks}

    def ask(self, _question, side, _suite, benchmarks, *, seed):
        self.seeds.append(seed)
        return {one: Value(value=side) for one in benchmarks}

    def until(self, _share):
        return 1.0


def taken(meter, _pair, suite, benchmarks, *, until_s, run):
    meter.seeds += [run, run]

    def samples(metric, times):
        return Samples("b", suite.runner, metric, (1.0,) * 10, (times,) * 10)

    counted = samples("processor instructions", 5.0)
    return {one: Timed(samples("cpu time", 3.0), samples("wall time", 4.0), counted) for one in benchmarks}


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("instructions", 1.0),
        ("tracked", 2.0),
        ("cpu time", pytest.approx(3.0)),
        ("wall time", pytest.approx(4.0)),
        ("processor instructions", pytest.approx(5.0)),
    ],
)
def test_a_commit_is_measured_in_the_metric_that_has_found_the_change_and_anew_each_time(metric, expected, monkeypatch):
    monkeypatch.setattr(bisect, "take_turns", taken)
    meter, suite = FakeMeter(), Suite("asv", ())
    for times in range(3):
        slow = Verdict("b", "regression", runner="asv", metric=metric)
        assert ratio(SIDES, [Suite("pytest", ()), suite], meter, slow, times) == expected
    assert meter.seeds == [0, 0, 1, 1, 2, 2]


def test_a_suite_that_is_gone_has_no_answer():
    assert ratio(SIDES, [], FakeMeter(), Verdict("b", "regression", runner="asv"), 0) is None


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        pytest.param("failed", "b cannot be measured: it fails", id="it fails"),
        pytest.param("removed", "b cannot be measured: head does not have it", id="it is gone"),
        pytest.param("inconclusive", "whether head is slower in b cannot be told: it fails", id="nobody can tell"),
    ],
)
def test_where_head_has_no_answer_nobody_says_that_it_is_not_slower(verdict, why, monkeypatch):
    monkeypatch.setattr(pipeline, "measure", lambda _: None)
    monkeypatch.setattr(pipeline, "verdict", lambda *_: [Verdict("b", verdict, reason="it fails")])
    with pytest.raises(MeasureError, match=f"^{why}$"):
        pipeline._judged_at_head(None, "b")


PLAN = Plan(Revisions("good", "bad", "good"), (), (Suite("tests", (), options={"only": '["a"]'}),), ())
ALL = Listing(("test_a", "test_b"))


def test_the_test_that_is_asked_for_is_the_one_whichever_were_chosen():
    meter = SimpleNamespace(listing=lambda _, suite: Listing() if suite.options else ALL)
    (suite,) = bisect.narrowed(PLAN, None, meter, "test_b").suites
    assert suite.options == {"only": '["test_b"]'}
    with pytest.raises(UserError, match="did you mean test_b"):
        bisect.narrowed(PLAN, None, meter, "tests_b")


def test_commits_are_asked_about_the_same_test_and_one_whose_declarations_are_no_good_is_passed_over(monkeypatch):
    """What is chosen for a range of commits may be nothing, or other tests, for a part of it."""
    asked = []

    class Preparer:
        def __init__(self, plan=PLAN):
            self.plan = plan

        of = staticmethod(lambda plan: Preparer(plan))

        def sides(self):
            if self.plan.revisions.head_sha == "c2":
                raise UserError("pyproject.toml: not valid TOML: mend the file")
            return self.plan.revisions.head_sha

    def plan(_, request):
        if request.head != "bad":
            raise MeasureError("there are no benchmarks, and head changes no function that base has")
        sides = SimpleNamespace(base=None)
        return pipeline.Check(bench, PLAN, Config(), "instructions", sides, Preparer(), None, 0.0)

    def ratio(sides, suites, *_):
        asked.append((sides, [one.options for one in suites]))
        return 2.0 if sides in ("c3", "c4") else 1.0

    repository = SimpleNamespace(between=lambda *_: ["c0", "c1", "c2", "c3", "c4", "bad"])
    bench = SimpleNamespace(repository=repository, progress=SilentProgress(), clock=lambda: 0.0)
    monkeypatch.setattr(pipeline, "plan", plan)
    fresh = replace(PLAN, suites=(Suite("tests", ()),))
    monkeypatch.setattr(
        pipeline.planning, "plan",
        lambda _, good, head, config: (replace(fresh, revisions=Revisions(good, head, good)), config),
    )  # fmt: skip
    monkeypatch.setattr(Meter, "listing", lambda *_: ALL)
    monkeypatch.setattr(pipeline, "_judged_at_head", lambda *_: Verdict("test_a", "regression", 2.0))
    monkeypatch.setattr(bisect, "ratio", ratio)
    found = pipeline.bisect(bench, pipeline.Request("good", "bad"), "test_a")
    assert (found.candidates, found.skipped) == (("c2", "c3"), ("c2",))
    assert all(options == [{"only": '["test_a"]'}] for _, options in asked)

"""What measuring says of a suite, before anything of it is measured."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot import harness, pipeline
from bot.core.config import parse_config
from bot.core.model import Samples, Suite
from bot.errors import MeasureError, NothingRunsError
from bot.stages.measure import Measurement, measure


@pytest.mark.parametrize(
    ("message", "more"),
    [
        pytest.param(
            "URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            " (there is no network while measuring: keep what it loads in the repository)",
            id="that asks the network",
        ),
        pytest.param("ModuleNotFoundError: No module named 'x'", "", id="that imports what is not there"),
    ],
)
def test_a_file_that_does_not_load_says_why(message, more):
    listing = harness.Listing((), (harness.LoadError("b.py", message),))
    progress = SimpleNamespace(step=lambda text: None)
    meter = SimpleNamespace(bench=SimpleNamespace(progress=progress), listing=lambda side, suite: listing)
    sides, plan = SimpleNamespace(base=None, head=None), SimpleNamespace(suites=[Suite("asv", ())], head_suites=())
    with pytest.raises(NothingRunsError) as caught:
        measure(meter, plan, sides)
    assert str(caught.value) == f"the benchmarks do not load at base: b.py: {message}{more}"


def test_measuring_again_with_older_packages_goes_on_with_the_same_budget(monkeypatch):
    now_s, began = [1000.0], []

    def prepare(*_, **__):
        return SimpleNamespace(sides=lambda: now_s.append(now_s[-1] + 500))

    def failing(job):
        began.append(now_s[-1] - job.began)
        now_s.append(now_s[-1] + 200)
        return Measurement((Samples("b", "asv", "instructions", base_error="no", head_error="no"),))

    monkeypatch.setattr(pipeline, "Preparer", prepare)
    monkeypatch.setattr(pipeline, "measure", failing)
    bench = SimpleNamespace(clock=lambda: now_s[-1])
    job = pipeline.Check(bench, None, parse_config(""), "instructions", None, None, None, began=1000.0)
    pipeline.measured(job)
    assert began == [0.0, 200.0], "preparing takes nothing of the budget, and the first attempt keeps what it took"


@pytest.mark.parametrize(
    ("older", "told"),
    [(None, None), (MeasureError("older packages do not install"), "there are no benchmarks, and no test loads")],
)
def test_tests_that_do_not_run_with_the_packages_of_today_are_tried_with_older_ones(older, told, monkeypatch):
    def prepare(_bench, _plan, _config, *, aged=False):
        if aged and older is not None:
            raise older
        return SimpleNamespace(sides=lambda: "aged" if aged else "latest")

    def choose(_bench, plan, sides, _config):
        if sides == "latest":
            raise NothingRunsError("there are no benchmarks, and no test loads")
        return f"{plan} with tests"

    monkeypatch.setattr(pipeline, "Preparer", prepare)
    monkeypatch.setattr(pipeline, "planning", SimpleNamespace(plan=lambda *_: ("a plan", parse_config(""))))
    monkeypatch.setattr(pipeline, "choosing", SimpleNamespace(choose=choose))
    progress = SimpleNamespace(stage=lambda _: None)
    bench = SimpleNamespace(clock=lambda: 0.0, progress=progress, repository=None)
    request = pipeline.Request("base", "head", metric="cpu time")
    if told is None:
        job = pipeline.plan(bench, request)
        assert (job.plan, job.sides) == ("a plan with tests", "aged")
    else:
        with pytest.raises(NothingRunsError, match=told):
            pipeline.plan(bench, request)

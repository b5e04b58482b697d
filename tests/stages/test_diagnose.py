"""What is said when the time for looking into a diff, or for being certain of a cause, is over."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from bot.core.changed import Changed
from bot.core.model import Suite, Verdict
from bot.core.source import Function
from bot.stages import diagnose


@pytest.mark.parametrize("spent", [True, False], ids=["spent", "not spent"])
def test_what_was_not_looked_into_is_not_said_to_be_reached_by_nothing(monkeypatch, spent):
    function = Function("f", 1, 2)
    candidate = Changed("a.py", "f", "a.py", function, function, ())
    monkeypatch.setattr(diagnose, "_candidates", lambda *_: ([candidate], ()))
    asked = []

    def serve(*_):
        reach = SimpleNamespace(reached=(), error=None)
        served = SimpleNamespace(reach=lambda one, *_: asked.append(one) or reach, close=lambda: None)
        return nullcontext(served)

    store = SimpleNamespace(get=lambda *_: None, put=lambda *_: None)
    bench = SimpleNamespace(store=store, serve=serve, progress=SimpleNamespace(step=lambda *_, **__: None))
    meter = SimpleNamespace(bench=bench, out_of_time=spent)
    side = SimpleNamespace(variant=SimpleNamespace(digest=""), environment=SimpleNamespace(key=""), env={})
    head, base = SimpleNamespace(side="head", **vars(side)), SimpleNamespace(side="base", **vars(side))
    plan, sides = SimpleNamespace(suites=[Suite("asv", ())]), SimpleNamespace(base=base, head=head)
    verdicts = [Verdict(name, "no change", ratio=1.0, runner="asv") for name in ("b", "c")]
    found = diagnose.diagnose(bench, plan, sides, None, meter, verdicts)
    assert asked == ([] if spent else ["b", "c"])
    assert found.uncovered == (() if spent else ("a.py::f",))
    assert len(found.notes) == spent


@pytest.mark.parametrize(
    ("benchmarks", "which"),
    [
        pytest.param([], [], id="all are explained"),
        pytest.param(["a"], ["what explains a, so that taking it back was not tried"], id="one is not"),
        pytest.param(["a", "b", "c"], ["what explains a and 2 more, so that"], id="several are not"),
    ],
)
def test_why_nothing_was_taken_back_as_a_fix(benchmarks, which):
    notes = diagnose.unfinished(benchmarks)
    assert len(notes) == len(which)
    assert all(words in note for words, note in zip(which, notes, strict=True))

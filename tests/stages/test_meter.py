"""Where an answer is kept, and when there is none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot import machine
from bot.core.config import parse_config
from bot.core.model import Suite
from bot.errors import MeasureError
from bot.harness import Harness, Parted
from bot.stages.meter import Meter
from tests.fakes import FakeProcess

LISTING, READY, COUNT = b'{"benchmarks": []}', b'{"single": 100, "batch": 1, "ready": true}', b'{"single": 1000}'


def test_what_was_counted_by_something_else_is_counted_again(monkeypatch):
    meter = Meter(SimpleNamespace(clock=lambda: 0.0), parse_config(""), "instructions")
    checkout = SimpleNamespace(variant=SimpleNamespace(digest="v"), environment=SimpleNamespace(key="e"), env={})

    def place(counter: str) -> str:
        monkeypatch.setattr(machine, "counter", lambda: counter)
        return meter.place("count", checkout, Suite("asv", ()), "benchmark", 0)

    assert place("valgrind 3.25") == place("valgrind 3.25") != place("valgrind 3.26")


@pytest.mark.parametrize("fails", ["ab", "a", "b"])
def test_a_suite_of_several_projects_is_not_counted_where_the_first_one_that_is_asked_does_not_start(fails):
    suite = Suite("pytest", ("a/t.py", "b/t.py"), projects={"a": ("a/t.py",), "b": ("b/t.py",)})
    started = []

    def start(part):
        answers = (LISTING,) if part.options["project"] in fails else (LISTING, READY, COUNT)
        started.append(FakeProcess(*answers))
        return Harness(lambda: started[-1], "callgrind")

    store = SimpleNamespace(get=lambda *_: None, put=lambda *_: None)
    bench = SimpleNamespace(clock=lambda: 0.0, store=store, serve=lambda *_, **__: Parted(suite.apart(), start))
    meter = Meter(bench, parse_config(""), "instructions")
    meter.place = lambda *_: ""
    if "a" in fails:
        with pytest.raises(MeasureError, match="the sandboxed process ended"):
            meter.counts(None, suite, ["a/t.py::x", "b/t.py::x"], seed=0)
    else:
        found = meter.counts(None, suite, ["a/t.py::x", "b/t.py::x"], seed=0)
        assert [one.single for one in found.values()] == [900.0, None]
        assert found["b/t.py::x"].error == "the sandboxed process ended"
    assert all(process.closed for process in started)

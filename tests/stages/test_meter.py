"""Where an answer is kept."""

from __future__ import annotations

from types import SimpleNamespace

from bot import machine
from bot.core.config import parse_config
from bot.core.model import Suite
from bot.stages.meter import Meter


def test_what_was_counted_by_something_else_is_counted_again(monkeypatch):
    meter = Meter(SimpleNamespace(clock=lambda: 0.0), parse_config(""), "instructions")
    checkout = SimpleNamespace(variant=SimpleNamespace(digest="v"), environment=SimpleNamespace(key="e"), env={})

    def place(counter: str) -> str:
        monkeypatch.setattr(machine, "counter", lambda: counter)
        return meter.place("count", checkout, Suite("asv", ()), "benchmark", 0)

    assert place("valgrind 3.25") == place("valgrind 3.25") != place("valgrind 3.26")

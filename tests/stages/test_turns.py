"""Turns end when the clock says so, however many benchmarks want them and however long they are."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.core import reasons
from bot.core.model import Suite
from bot.stages import turns

SUITE = Suite("functions", ())
PAIR = (SimpleNamespace(side="base"), SimpleNamespace(side="head"))


@pytest.fixture
def meter(monkeypatch):
    """A meter whose clock nobody moves, with a store that keeps."""
    monkeypatch.setattr(turns, "_pinned", lambda *_: SimpleNamespace(close=lambda: None))
    kept, now_s = {}, [0.0]
    progress = SimpleNamespace(step=lambda *_, **__: None)
    store = SimpleNamespace(get=lambda place, _: kept.get(place), put=kept.__setitem__)
    return SimpleNamespace(
        bench=SimpleNamespace(clock=lambda: now_s[0], progress=progress, store=store), out_of_time=False, now_s=now_s,
        kept=kept, place=lambda *what: str(what[:1] + what[3:]), margin=lambda *_: 0.01,
    )  # fmt: skip


def test_many_long_benchmarks_share_the_time_of_a_few_and_end_in_time(meter, monkeypatch):
    def take(_meter, _sides, benchmark, _draw, taken):
        meter.now_s[0] += 3.0
        taken.cpu.append((1.0, 1.0 if len(taken.cpu) % 2 else 1.2))
        taken.wall.append((1.0, 1.0))

    monkeypatch.setattr(turns, "_take", take)
    wanted = [f"bench_{number}" for number in range(100)]
    timed = turns.take_turns(meter, PAIR, SUITE, wanted, until_s=100.0)
    assert meter.now_s[0] <= 103, "the one that has begun ends"
    told = [one for one in wanted if len(timed[one].cpu.base) >= 10]
    assert told == wanted[:3]
    assert {timed[one].cpu.base_error for one in wanted[3:]} == {reasons.SPENT}


def sessions(monkeypatch, meter, ratios, *, last_s=0.0):
    """Let each session give the next of the ratios; `last_s` is what the last one takes."""
    left = iter(ratios)

    def take(_meter, _sides, _benchmark, _draw, taken):
        taken.cpu.append((1.0, next(left)))
        taken.wall.append(taken.cpu[-1])
        meter.now_s[0] += last_s if len(taken.cpu) == len(ratios) else 0.0

    monkeypatch.setattr(turns, "_take", take)


NOISE = [1.2, 0.8] * 20


@pytest.mark.parametrize(
    ("ratios", "last_s", "kept"),
    [
        pytest.param([1.0] * 10, 0.0, True, id="calm"),
        pytest.param([1.1] * 10, 0.0, True, id="changed"),
        pytest.param(NOISE, 0.0, False, id="too noisy to tell"),
        pytest.param(NOISE[:7], 200.0, False, id="when the budget ended first"),
    ],
)
def test_only_what_could_be_told_is_kept(meter, monkeypatch, ratios, last_s, kept):
    sessions(monkeypatch, meter, ratios, last_s=last_s)
    timed = turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"]
    assert len(timed.cpu.base) == len(ratios)
    assert list(meter.kept.values()) == [timed] * kept
    meter.now_s[0] = 0.0
    sessions(monkeypatch, meter, [1.05] * 10)
    again = turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"]
    assert (again == timed) is kept
    meter.margin = lambda *_: 0.2
    sessions(monkeypatch, meter, [1.02] * 10)
    assert turns.take_turns(meter, PAIR, SUITE, ["b"], until_s=100.0)["b"] != again, "another margin may want more"


@pytest.mark.parametrize("ratios", [pytest.param([1.0] * 10, id="calm"), pytest.param(NOISE[:10], id="noisy")])
def test_a_machine_is_looked_at_anew_each_time(meter, monkeypatch, ratios):
    for _ in range(2):
        sessions(monkeypatch, meter, ratios)
        timed = turns.against_itself(meter, PAIR[0], SUITE, "b", until_s=100.0, most=10)
        assert timed.cpu.head == tuple(ratios)
    assert meter.kept == {}

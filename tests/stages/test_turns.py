"""Turns end when the clock says so, however many benchmarks want them and however long they are."""

from __future__ import annotations

from types import SimpleNamespace

from bot.core import reasons
from bot.core.model import Suite
from bot.stages import turns


def test_many_long_benchmarks_share_the_time_of_a_few_and_end_in_time(monkeypatch):
    now_s, begun = [0.0], []

    def take(_meter, _sides, benchmark, _draw, taken):
        now_s[0] += 3.0
        begun.append(benchmark)
        taken.cpu.append((1.0, 1.0 if len(taken.cpu) % 2 else 1.2))
        taken.wall.append((1.0, 1.0))

    monkeypatch.setattr(turns, "_take", take)
    monkeypatch.setattr(turns, "_pinned", lambda *_: SimpleNamespace(close=lambda: None))
    progress = SimpleNamespace(step=lambda *_, **__: None)
    store = SimpleNamespace(get=lambda *_: None, put=lambda *_: None)
    meter = SimpleNamespace(
        bench=SimpleNamespace(clock=lambda: now_s[0], progress=progress, store=store), out_of_time=False,
        place=lambda *_: "", margin=lambda *_: 0.01,
    )  # fmt: skip
    wanted = [f"bench_{number}" for number in range(100)]
    timed = turns.take_turns(meter, (None, None), Suite("functions", ()), wanted, until_s=100.0)
    assert now_s[0] <= 103, "the one that has begun ends"
    told = [one for one in wanted if len(timed[one].cpu.base) >= 10]
    assert told == wanted[:3]
    assert {timed[one].cpu.base_error for one in wanted[3:]} == {reasons.SPENT}

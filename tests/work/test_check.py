"""Progress is a courtesy: seldom, and given up before a measurement is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot.errors import TransientError
from bot.github import GoneError, RateLimitedError
from bot.work import check


class Shown:
    """A check run that keeps what it was told, or refuses it."""

    def __init__(self):
        self.titles, self.summary, self.refuses, self.turn = [], "", None, lambda: None

    def progress_check(self, run, *, title, summary):
        self.turn()
        self.titles.append(title)
        self.summary = summary
        if self.refuses is not None:
            raise self.refuses


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(check, "time", SimpleNamespace(monotonic=lambda: clock.now, time=lambda: clock.now))
    return clock


def test_progress_is_shown_at_most_every_ten_seconds(clock):
    shown = Shown()
    tell = check._teller(shown, 1)
    for second in range(35):
        clock.now = 1000.0 + second
        tell(f"measure: round {second}")
    assert shown.titles == ["In progress: measure"] * 4
    assert shown.summary.splitlines()[-1] == "| measure | round 30 |"


def test_progress_that_waits_for_its_turn_counts_from_when_it_was_shown(clock):
    shown, at = Shown(), []

    def waits():
        clock.now += 3 if not at else 0
        at.append(clock.now)

    shown.turn, tell = waits, check._teller(shown, 1)
    while clock.now < 1020:
        clock.now += 1
        tell("measure")
    assert at == [1004.0, 1014.0]


def test_each_stage_has_a_row_and_strangers_text_breaks_no_table(clock):
    shown = Shown()
    tell = check._teller(shown, 1)
    tell("plan")
    clock.now += 11
    tell("measure: a | b\n| @everyone")
    lines = shown.summary.splitlines()
    assert lines[:3] == ["| stage | |", "|:--|:--|", "| plan |  |"]
    assert len(lines) == 4
    assert lines[3].replace("\\|", "").count("|") == 3


@pytest.mark.parametrize(
    ("refusal", "pause"),
    [
        pytest.param(TransientError("502"), 10, id="an error: next time"),
        pytest.param(GoneError("404"), 10, id="not there: next time"),
        pytest.param(RateLimitedError(1100.0), 110, id="limited until a time: not before"),
        pytest.param(RateLimitedError(None), 70, id="limited: a minute more"),
    ],
)
def test_what_cannot_be_shown_stops_nothing(clock, refusal, pause):
    shown = Shown()
    shown.refuses = refusal
    tell = check._teller(shown, 1)
    for second in (0, pause - 1, pause):
        clock.now = 1000.0 + second
        tell("measure")
    assert len(shown.titles) == 2

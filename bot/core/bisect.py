"""Finds the first bad commit of a range with few measurements, each of which may be wrong, or have no answer.

Probabilistic bisection (Waeber, Frazier and Henderson, Bisection Search with Noisy Responses, 2013): every answer moves
the odds of each commit, the commit that halves them is measured next, until one is sure. Partner: `bot/pipeline.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Answer = Literal["good", "bad", "skip"]
Ask = Callable[[str, int], Answer]
"""(commit, how often it was asked before) -> what a measurement says; asked again, it must measure anew."""

WRONG = 0.02
"""How often a measurement may say the opposite. Counts are far better than that; it costs one or two more of them."""
SURE = 0.995
MOST_ASKED = 6
"""Measurements of one commit; beyond these it has said what it can."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One measurement."""

    commit: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Found:
    """The first bad commit; with skipped ones before it, it is one of `candidates`. Without any, nothing is bad."""

    candidates: tuple[str, ...]
    probes: int
    sure: float = 1.0
    """The probability that the first bad commit is among the candidates, with `WRONG` for each measurement."""
    probed: tuple[Probe, ...] = ()
    ratios: Mapping[str, float] = field(default_factory=dict)
    """What the measured commits cost, the last measurement of each over the good one's."""

    @property
    def skipped(self) -> tuple[str, ...]:
        """Commits that could not be measured."""
        return tuple(dict.fromkeys(one.commit for one in self.probed if one.answer == "skip"))


def search(commits: Sequence[str], ask: Ask) -> Found:
    """`commits` follow a good one in order, and the last is known to be bad."""
    odds = [1 / len(commits)] * len(commits)
    asked = [0] * len(commits)
    probed: list[Probe] = []
    silent: set[int] = set()
    while True:
        groups = list(_groups(len(commits), silent))
        best = max(groups, key=lambda group: sum(odds[at] for at in group))
        sure = sum(odds[at] for at in best)
        place = None if sure >= SURE else _next(odds, asked, silent)
        if place is None:
            return Found(tuple(commits[at] for at in best), len(probed), min(1.0, sure), tuple(probed))
        answer = ask(commits[place], asked[place])
        asked[place] += 1
        probed.append(Probe(commits[place], answer))
        if answer == "skip":
            silent.add(place)
        else:
            odds = _moved(odds, place, answer)


def _groups(number: int, silent: set[int]) -> Iterator[range]:
    """Commits that no measurement can tell apart: those that cannot be measured, and the one behind them."""
    start = 0
    for at in range(number):
        if at not in silent or at == number - 1:
            yield range(start, at + 1)
            start = at + 1


def _next(odds: Sequence[float], asked: Sequence[int], silent: set[int]) -> int | None:
    """The commit that halves the odds; the last needs no question."""
    below, best, gap = 0.0, None, 1.0
    for at in range(len(odds) - 1):
        below += odds[at]
        if at not in silent and asked[at] < MOST_ASKED and abs(below - 0.5) < gap:
            best, gap = at, abs(below - 0.5)
    return best if gap < 0.5 else None


def _moved(odds: Sequence[float], place: int, answer: Answer) -> list[float]:
    """Bad at `place` says that the first bad commit is not behind it."""
    right, wrong = 1 - WRONG, WRONG
    at_or_before, behind = (right, wrong) if answer == "bad" else (wrong, right)
    weighed = [one * (at_or_before if at <= place else behind) for at, one in enumerate(odds)]
    total = sum(weighed)
    return [one / total for one in weighed]

"""claims: the runner's own counter against what benchmarks claim, for those whose verdict matters.

Base and head run side by side, without valgrind, and are asked for bursts of calls whose numbers are drawn here, after
the code is fixed; between two bursts the processor time of everything in the sandbox is read from outside, or the
clock on the wall where the claim is about that. Partner: `bot/core/claims.py` compares; `bot/inside/region.py` calls.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core import claims
from bot.core.claims import Visit
from bot.core.config import Config
from bot.core.model import IN_TURNS, Fix, Plan, Suite, Verdict
from bot.core.reasons import TOO_LATE
from bot.errors import MeasureError
from bot.harness import Harness
from bot.stages.meter import BATCH_NS, RECIPE, Sides, one_core
from bot.store import key
from bot.workbench import Checkout, Workbench

VISITS = 5
PAIRS = 3
"""So many fresh pairs of processes have to contradict a claim: what one of them meets with lasts as long as it does."""
SAMPLED = 8
"""So many of the benchmarks that did not change are looked at as well, drawn anew each time."""
BURST_NS = 40_000_000
_LONGEST_S = 60.0
_PART_OF_BUDGET = 0.1
_TIMEOUT_S = 60.0
_COUNTED = ("instructions", *IN_TURNS)
_CONCLUSIVE = ("regression", "improvement")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Why a claim is not believed; kept, so that a check that goes on does not count again."""

    why: str | None = None


class _Uncounted(Exception):  # noqa: N818  # no failure: nobody can count here
    pass


def check(
    bench: Workbench, plan: Plan, sides: Sides, config: Config, verdicts: Sequence[Verdict]
) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
    """The verdicts, those that are not believed among them changed, and notes for the reader of the report."""
    doubts = {one.id: why for one in verdicts if (why := claims.idle(one))}
    chosen = [one for one in _chosen(verdicts) if one.id not in doubts]
    deadline = bench.clock() + min(_LONGEST_S, _PART_OF_BUDGET * config.budget_s)
    notes: tuple[str, ...] = ()
    try:
        for suite in plan.suites:
            mine = [one for one in chosen if one.runner == suite.runner]
            doubts |= _Inspection(bench, sides, suite, deadline).doubts(mine)
    except _Uncounted:
        notes = (f"claims were not checked from outside: the sandbox {bench.driver.NAME} does not let us count there",)
    return tuple(claims.suspect(one, doubts[one.id]) if one.id in doubts else one for one in verdicts), notes


def doubt_of_fix(
    bench: Workbench, head: Checkout, fixed: Checkout, suite: Suite, config: Config, fix: Fix
) -> str | None:
    """Why the gain of a fix is not believed, or None; head stands where base does in a check."""
    claim = Verdict(fix.benchmark or "", "improvement", fix.ratio, runner=suite.runner)
    deadline = bench.clock() + min(_LONGEST_S, _PART_OF_BUDGET * config.budget_s)
    try:
        return _Inspection(bench, Sides(head, fixed, fixed), suite, deadline).doubts([claim]).get(claim.id)
    except _Uncounted:
        return None


def _chosen(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """What says something, the largest change first, and a sample of what says that nothing changed."""
    countable = [one for one in verdicts if one.ratio and one.metric in _COUNTED]
    conclusive = [one for one in countable if one.verdict in _CONCLUSIVE]
    unchanged = [one for one in countable if one.verdict == "no change"]
    drawn = secrets.SystemRandom().sample(unchanged, min(SAMPLED, len(unchanged)))
    return [*sorted(conclusive, key=lambda one: -max(one.ratio or 1, 1 / (one.ratio or 1))), *drawn]


class _Inspection:
    """One suite on both sides; the processes are started when the first claim is looked at."""

    def __init__(self, bench: Workbench, sides: Sides, suite: Suite, deadline: float) -> None:
        self._bench, self._sides, self._suite, self._deadline = bench, sides, suite, deadline
        self._served: list[Harness] = []
        self._draw = secrets.SystemRandom()

    def doubts(self, verdicts: Sequence[Verdict]) -> dict[str, str]:
        """Why claims are not believed, by benchmark."""
        found: dict[str, str] = {}
        try:
            for number, one in enumerate(verdicts):
                if self._bench.clock() > self._deadline:
                    break
                self._bench.progress.step("counting from outside", done=number, total=len(verdicts))
                why = self._kept(one)
                if why is not None:
                    found[one.id] = why
        finally:
            self._close()
        return found

    def _kept(self, one: Verdict) -> str | None:
        base, head = self._sides.base, self._sides.head
        place = key(
            RECIPE, "doubt", base.variant.digest, base.environment.key, head.variant.digest, head.environment.key,
            self._suite.runner, one.id, one.verdict, round(one.ratio or 0, 2),
        )  # fmt: skip
        known = self._bench.store.get(place, _Outcome)
        if known is None:
            known = _Outcome(self._doubt(one))
            if self._bench.clock() < self._deadline:
                self._bench.store.put(place, known)
        return known.why

    def _doubt(self, one: Verdict) -> str | None:
        why: str | None = None
        for _ in range(PAIRS):
            if why is not None and self._bench.clock() > self._deadline:
                break
            visits = self._visits(one)
            why = visits if isinstance(visits, str) else claims.disagreement(one, visits)
            if why is None:
                break
            self._close()
        return why

    def _visits(self, claim: Verdict) -> list[Visit] | str:
        """Both sides in turn; none where base does not let itself be counted, and words where only head does not."""
        try:
            base, head = self._both()
            for one in (base, head):
                one.ready(claim.id)
            ready = base.begin_turns(claim.id, _TIMEOUT_S, BATCH_NS)
        except MeasureError:
            self._close()
            return []
        if ready.error or ready.prepared:
            # What is prepared for each call is in the time that is counted outside, and not in the claim.
            self._close()
            return []
        began = self._bench.clock()
        try:
            if (other := head.begin_turns(claim.id, _TIMEOUT_S, BATCH_NS)).error:
                raise MeasureError(other.error)
            probed = max(self._burst(one, ready.loops, claim) for one in (base, head)) / ready.loops
            visits: list[Visit] = []
            while len(visits) < VISITS and (not visits or self._bench.clock() < self._deadline):
                visits.append(self._visit(base, head, probed, claim))
            for one in (base, head):
                one.end_turns(_TIMEOUT_S)
        except MeasureError as error:
            self._close()
            if TOO_LATE in str(error) or self._bench.clock() - began >= _TIMEOUT_S:
                return []  # who is late does not lie
            return f"what it does at head was counted, and when it is only run, it fails: {error}"
        return visits

    def _visit(self, base: Harness, head: Harness, probed_ns: float, claim: Verdict) -> Visit:
        most = max(2, int(BURST_NS / max(1.0, probed_ns)))
        long = self._draw.randint(max(2, most * 3 // 4), most)
        short = self._draw.randint(1, max(1, long // 4))
        bursts = {}
        for side, calls in self._draw.sample([(s, n) for s in (0, 1) for n in (short, long)], 4):
            bursts[side, calls] = self._burst((base, head)[side], calls, claim)
        costs = ((bursts[side, long] - bursts[side, short]) / (long - short) for side in (0, 1))
        return Visit(*costs)

    def _burst(self, side: Harness, calls: int, claim: Verdict) -> int:
        """The time of a burst of calls, of the processor or on the wall, whichever the claim is about."""
        read = time.monotonic_ns if claim.metric == "wall time" else side.cpu_ns
        before = read()
        side.turn(calls, _TIMEOUT_S)
        after = read()
        if before is None or after is None:
            raise _Uncounted
        return after - before

    def _both(self) -> tuple[Harness, Harness]:
        if not self._served:
            for side in (self._sides.base, self._sides.head):
                self._served.append(self._bench.serve(side, self._suite, "none", prefix=one_core()))
        base, head = self._served
        return base, head

    def _close(self) -> None:
        """End both, in step or not; the next benchmark gets fresh ones."""
        for one in self._served:
            one.close()
        self._served = []

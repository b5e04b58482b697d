"""Samples in, verdict out: the one place where a number becomes a word.

Partner: `bot/core/stats.py` has the calculations; `docs/statistics.md` explains them to the author of a pull request.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.core import stats, timing
from bot.core.claims import SUSPICIOUS
from bot.core.model import IN_TURNS, UNITS, Metric, Samples, Verdict, Word
from bot.core.reasons import (
    COUNTED,
    NOISY,
    NOT_AGAIN,
    RANDOM,
    SEEDS,
    SPENT,
    THREADS,
    TOO_FEW,
    TOO_LATE,
    UNMEASURED,
    UNSTEADY,
    UNSURE,
    VARIES,
    WAITS,
)

RECOUNT_SEEDS = (1, 2)
DOUBT_SEEDS = (3, 4, 5, 6)
"""Counted as well where the first three leave a doubt: a small change, or one that not all of them show."""
_RANDOM_PAIRS = 2 + len(RECOUNT_SEEDS) + len(DOUBT_SEEDS)
"""So many pairs of numbers that do not repeat, the repeated ones among them, can show a change."""
_SHUFFLED = 1
"""So many of their 64 comparisons may go the other way: chance leaves no more in 4 of 12,870 cases, whatever the noise
(Mann and Whitney, On a test of whether one of two random variables is stochastically larger than the other, 1947)."""
_MANY: tuple[Metric, ...] = ("processor instructions", "cpu time")
"""Of these, what chance finds among many benchmarks is left out; the margin of wall time is wide enough."""
TIME_MARGIN = 0.01
"""Base and head never share a memory layout, which alone moves CPU time by about this much."""
TINY_INSTRUCTIONS = 40
"""Below this, a count is mostly the counter's own region and its differences mean nothing."""
CHANGES: tuple[Word, ...] = ("regression", "improvement")
_CLOCKS: Mapping[Metric, str] = {
    "processor instructions": COUNTED, "cpu time": "CPU time", "wall time": "wall time",
}  # fmt: skip
SMALLEST: Mapping[Metric, int] = {"peak memory": 4096, "bytecodes": 40, "calls": 8}
"""A difference below this is no change, whatever its ratio."""
NOT_DETERMINISTIC = 0.003
"""Two counts of the same code under the same seed that are further apart than this are not repeatable."""
_RECOUNT_FROM = 0.004
_SURE_FROM = 3
"""A change of so many times the threshold, shown by all of the first three, is beyond doubt."""


def needs_recount(samples: Samples, threshold: float) -> bool:
    """Whether the first pair differs by enough to be worth a look with other hash seeds."""
    if samples.metric != "instructions":
        return _decide(samples, threshold).verdict in CHANGES
    return any(abs(one) > _RECOUNT_FROM for one in stats.log_ratios(samples.base, samples.head))


def in_doubt(samples: Samples, threshold: float) -> bool:
    """Whether the numbers of the first seeds could be the work of chance: then more are taken."""
    ratios = stats.log_ratios(samples.base, samples.head)
    if len(ratios) <= 1:
        return False
    if samples.noise > NOT_DETERMINISTIC:
        return _shuffled(samples) <= _SHUFFLED  # with more numbers it only grows
    if samples.metric != "instructions":
        return False  # of what is exact, three pairs that show it are enough
    limit = math.log1p(threshold)
    low, high = min(ratios), max(ratios)
    beyond = low > _SURE_FROM * limit or high < -_SURE_FROM * limit
    within = max(-low, high) <= limit
    return not (beyond or within)


def _shuffled(samples: Samples) -> int:
    """How many comparisons of a number of head's with one of base's go another way than the most do."""
    pairs = [(base, head) for base in samples.base for head in samples.head]
    return min(sum(head <= base for base, head in pairs), sum(head >= base for base, head in pairs))


def decide(samples: Samples, threshold: float) -> Verdict:
    """The verdict on one benchmark; `threshold` is the smallest change worth a word, as a fraction."""
    answer = _decide(samples, threshold)
    fails = samples.base_error or samples.head_error
    if samples.lacking is None or fails or not (answer.verdict in CHANGES or answer.ratio is None):
        return answer
    why = TOO_FEW if samples.lacking == SPENT else f"{UNSTEADY}: {samples.lacking}"
    return replace(answer, verdict="inconclusive", reason=why)


def _decide(samples: Samples, threshold: float) -> Verdict:
    unit = UNITS[samples.metric] if samples.unit is None else samples.unit
    blank = Verdict(
        samples.benchmark, "inconclusive", unit=unit, rounds=len(samples.base), runner=samples.runner,
        metric=samples.metric,
    )  # fmt: skip
    if samples.base_error or samples.head_error:
        return _failed(blank, samples)
    if samples.metric == "instructions":
        return _decide_counts(blank, samples, threshold)
    if samples.metric in IN_TURNS:
        return _decide_times(blank, samples, threshold)
    return _decide_values(blank, samples, threshold)


def _failed(blank: Verdict, samples: Samples) -> Verdict:
    base, head = samples.base_error, samples.head_error
    if SPENT in (base, head):
        return replace(blank, reason=SPENT)
    if samples.metric in SMALLEST:
        return replace(blank, reason=f"{UNMEASURED}: {base or head}")  # the benchmark itself may run
    late = [error for error in (base, head) if error is not None and error.startswith(TOO_LATE)]
    if late and not (base and head):
        # Near the limit chance decides which side makes it: that is no word about the code.
        return replace(blank, reason=f"one side {late[0]}: raise `budget`, a benchmark may take a fifth of it")
    if base and head:
        reason = f"fails on both sides: {head}" if base == head else f"fails on both sides: {base}; at head: {head}"
    else:
        reason = f"fails at head only: {head}" if head else f"fails at base only: {base}"
    return replace(blank, verdict="failed", reason=reason)


def _decide_counts(blank: Verdict, samples: Samples, threshold: float) -> Verdict:
    if not samples.base or not samples.head:
        return replace(blank, reason=UNMEASURED)
    if min((*samples.base, *samples.head)) <= 0:
        return replace(blank, reason=f"{SUSPICIOUS}one side does no work that could be counted")
    random = samples.noise > NOT_DETERMINISTIC
    estimate = stats.estimate_counts(samples.base, samples.head)
    if estimate is None:
        return replace(blank, reason=UNMEASURED)
    known = _with(blank, estimate, samples)
    if abs(samples.head[0] - samples.base[0]) < TINY_INSTRUCTIONS:
        return replace(known, verdict="no change")
    word = _word(known, estimate, math.log1p(threshold), 2 * stats.COUNT_FLOOR, SEEDS)
    return _of_random(word, samples) if random else word


def _of_random(word: Verdict, samples: Samples) -> Verdict:
    """What is left of a verdict where two numbers of the same code are not the same: what chance does not make."""
    what = "counts" if samples.metric == "instructions" else "values"
    apart = f"{RANDOM}: {what} of the same code are {math.expm1(samples.noise) * 100:.1f} % apart"
    if word.verdict in CHANGES and len(samples.base) >= _RANDOM_PAIRS and _shuffled(samples) <= _SHUFFLED:
        return replace(word, reason=f"{apart}, and those of base and head hardly overlap")
    return replace(word, verdict="inconclusive", reason=apart)


def _decide_times(blank: Verdict, samples: Samples, threshold: float) -> Verdict:
    estimate = stats.estimate_times(samples.base, samples.head)
    if estimate is None:
        return replace(blank, reason=UNMEASURED)
    if samples.metric == "processor instructions":
        estimate = stats.of_counts(estimate)
        if statistics.median(samples.base) * abs(estimate.ratio - 1) < TINY_INSTRUCTIONS:
            return replace(_with(blank, estimate, samples), verdict="no change")
    known = _with(blank, estimate, samples)
    limit = math.log1p(max(threshold, TIME_MARGIN))
    return _word(known, estimate, limit, (timing.WITHIN - 1) * limit, NOISY)


def _decide_values(blank: Verdict, samples: Samples, threshold: float) -> Verdict:
    """Of what is exact, or comes as the suite reckons it: every pair must show the change."""
    if not samples.base or not samples.head:
        return replace(blank, reason=UNMEASURED)
    if samples.base == samples.head:
        one = sorted(samples.base)[len(samples.base) // 2]
        return replace(blank, verdict="no change", ratio=1.0, interval=(1.0, 1.0), base=one, head=one)
    if min((*samples.base, *samples.head)) <= 0:
        return replace(blank, reason="values that are not above zero have no ratio")
    estimate = stats.estimate_values(samples.base, samples.head)
    known = _with(blank, estimate, samples)
    if abs(samples.head[0] - samples.base[0]) < SMALLEST.get(samples.metric, 0):
        return replace(known, verdict="no change")
    word = _word(known, estimate, math.log1p(threshold), 0.0, VARIES)
    return _of_random(word, samples) if samples.noise > NOT_DETERMINISTIC else word


def _with(blank: Verdict, estimate: stats.Estimate, samples: Samples) -> Verdict:
    base = sorted(samples.base)[len(samples.base) // 2]
    head = min(base * estimate.ratio, sys.float_info.max)
    return replace(blank, ratio=estimate.ratio, interval=estimate.interval, base=base, head=head)


def _word(known: Verdict, estimate: stats.Estimate, threshold: float, beyond: float, noise: str) -> Verdict:
    """A change needs the whole interval beyond the threshold: what is not shown is not said.

    That of what did not change may reach `beyond` it, as it does where nothing disturbs the measurement.
    """
    if estimate.low > threshold:
        return replace(known, verdict="regression")
    if estimate.high < -threshold:
        return replace(known, verdict="improvement")
    if max(-estimate.low, estimate.high) <= threshold + beyond:
        return replace(known, verdict="no change")
    return replace(known, verdict="inconclusive", reason=noise)


def believed(measured: Sequence[tuple[Samples, Verdict]], margin: Callable[[Samples], float]) -> list[Verdict]:
    """The verdicts of the time arm, without the changes that chance makes among many benchmarks."""
    found = set[tuple[Metric, str]]()
    for metric in _MANY:
        known = {one.benchmark: one for one, _ in reversed(measured) if one.metric == metric}
        names = timing.discoveries(known, {name: margin(one) for name, one in known.items()})
        found |= {(metric, name) for name in names}
    return [
        replace(word, verdict="inconclusive", reason=UNSURE)
        if word.metric in _MANY and word.verdict in CHANGES and (word.metric, word.id) not in found
        else word
        for _, word in measured
    ]


def combine(
    gate: Verdict | None, counted: Sequence[Verdict], cpu: Sequence[Verdict], wall: Sequence[Verdict],
    unseen: str | None,
) -> Verdict:  # fmt: skip
    """One word from all that was measured of a benchmark, with its reason.

    `counted` (instructions, by the processor), `cpu` and `wall` have one verdict for each independent run of the time
    arm, or none. `unseen` is what instructions do not see of the benchmark. Where the time arm alone shows a change,
    every run has to show it, and there must be two.
    """
    if gate is not None and gate.verdict in CHANGES:
        return _confirmed(gate, counted, cpu)
    if not (cpu or (counted and unseen != WAITS)):
        assert gate is not None
        if gate.verdict not in ("no change", "inconclusive") or unseen is None:
            return gate
        reason = f"it {unseen}, and could not be timed"
        return replace(gate, verdict="inconclusive", reason=_and(gate.reason, reason))
    if word := _shown(counted):
        return _confirmed(replace(counted[-1], verdict=word, reason=_by_processor(gate, unseen)), (), cpu)
    if word := _shown(cpu):
        beside = "in CPU time, not in instructions, which the processor counted" if counted else None
        return replace(cpu[-1], verdict=word, reason=_only("CPU time", gate, unseen) or beside)
    if word := _shown(wall):
        return replace(wall[-1], verdict=word, reason="in wall time, not in CPU time: it waits longer or shorter")
    return _calm(gate, counted, cpu, wall, unseen)


def _confirmed(gate: Verdict, counted: Sequence[Verdict], cpu: Sequence[Verdict]) -> Verdict:
    """Instructions decide; turns may agree, say nothing, or take a word back that they contradict.

    Of counts that do not repeat they also take a word back that they do not see. What the processor counts in turns is
    asked before CPU time is, but for a word that CPU time contradicts: it sees what takes long without being executed.
    """
    runs = [one[-1] for one in (counted, cpu) if one and one[-1].ratio is not None]
    against = [one for one in runs if one.verdict in CHANGES and one.verdict != gate.verdict]
    if not runs:
        return gate
    first = (against or runs)[0]
    word, told = first.verdict, f"{_CLOCKS[first.metric]} {_percent(first.ratio or 1)}"
    if word == gate.verdict:
        return replace(gate, reason=_and(gate.reason, f"{told}: it agrees"))
    if word in CHANGES:
        return replace(gate, verdict="no change", reason=f"instructions {_percent(gate.ratio or 1)}, but {told}")
    said = "shows no change" if word == "no change" else "is too uncertain to tell"
    random = (gate.reason or "").startswith(RANDOM)
    known = replace(gate, reason=_and(gate.reason, f"{told}, which {said}"))
    return replace(known, verdict="inconclusive") if random and word == "no change" else known


def _calm(
    gate: Verdict | None, counted: Sequence[Verdict], cpu: Sequence[Verdict], wall: Sequence[Verdict],
    unseen: str | None,
) -> Verdict:  # fmt: skip
    """No change was shown: whether there is none, or nobody can tell."""
    # What a call waits for is in its wall time; its own instructions have been counted.
    first = wall[0] if unseen == WAITS and wall else (counted or cpu)[0]
    clock = _CLOCKS[first.metric]
    why = NOT_AGAIN if first.verdict in CHANGES else first.reason or NOISY
    if gate is None:
        told = _and(f"it {unseen}" if unseen else None, first.reason)
        told = _and(told, COUNTED if first in counted else None)
        return (
            replace(first, verdict="inconclusive", reason=why)
            if first.verdict in CHANGES
            else replace(first, reason=told)
        )
    if first.verdict == "no change":
        return replace(gate, verdict="no change", reason=_and(gate.reason, f"{clock} shows no change"))
    if first.verdict == "failed" or (gate.verdict == "no change" and unseen in (None, THREADS)):
        return gate
    return replace(gate, verdict="inconclusive", reason=_and(gate.reason, f"it {unseen}, {why}" if unseen else why))


def _shown(runs: Sequence[Verdict]) -> Word | None:
    """The change that every one of at least two independent runs shows."""
    words = {one.verdict for one in runs}
    return words.pop() if len(runs) > 1 and len(words) == 1 and words <= set(CHANGES) else None


def _only(metric: str, gate: Verdict | None, unseen: str | None) -> str | None:
    if gate is None and unseen is None:
        return None
    return f"in {metric} only, shown by two independent runs: instructions cannot tell, {_blind(gate, unseen)}"


def _by_processor(gate: Verdict | None, unseen: str | None) -> str:
    if gate is None and unseen is None:
        return COUNTED
    return f"{COUNTED}, shown by two independent runs: valgrind cannot tell, {_blind(gate, unseen)}"


def _blind(gate: Verdict | None, unseen: str | None) -> str | None:
    """Why what valgrind counts says nothing of a change."""
    return f"since it {unseen}" if unseen else gate.reason if gate else None


def _and(reason: str | None, more: str | None) -> str | None:
    return f"{reason}; {more}" if reason and more else reason or more


def _percent(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.1f} %"


def size(verdict: Verdict) -> float:
    """How large a change is, in either direction."""
    return abs(math.log(verdict.ratio)) if verdict.ratio else 0.0


def overall(verdicts: Sequence[Verdict]) -> Word:
    """One word for the whole check: the worst that was shown."""
    words = {verdict.verdict for verdict in verdicts}
    order: tuple[Word, ...] = ("regression", "improvement", "no change")
    for word in order:
        if word in words:
            return word
    return "inconclusive"

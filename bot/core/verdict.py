"""Samples in, verdict out: the one place where a number becomes a word.

Partner: `bot/core/stats.py` has the calculations; `docs/statistics.md` explains them to the author of a pull request.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core import stats
from bot.core.claims import SUSPICIOUS
from bot.core.model import UNITS, Metric, Samples, Verdict, Word

RECOUNT_SEEDS = (1, 2)
DOUBT_SEEDS = (3, 4, 5, 6)
"""Counted as well where the first three leave a doubt: a small change, or one that not all of them show."""
TIME_MARGIN = 0.01
"""Base and head never share a memory layout, which alone moves CPU time by about this much."""
TINY_INSTRUCTIONS = 40
"""Below this, a count is mostly the counter's own region and its differences mean nothing."""
TOO_LATE = "did not finish within"
"""How an error begins that the time limit made."""
SMALLEST: Mapping[Metric, int] = {"peak memory": 4096, "bytecodes": 40, "calls": 8}
"""A difference below this is no change, whatever its ratio."""
_RECOUNT_FROM = 0.004
_SURE_FROM = 3
"""A change of so many times the threshold, shown by all of the first three, is beyond doubt."""


def needs_recount(base: float, head: float) -> bool:
    """Whether one pair of counts differs by enough to be worth a look with other hash seeds."""
    return base > 0 and head > 0 and abs(math.log(head / base)) > _RECOUNT_FROM


def in_doubt(base: Sequence[float], head: Sequence[float], threshold: float) -> bool:
    """Whether the counts of the first seeds could be the work of chance: then more are taken."""
    ratios = stats.log_ratios(base, head)
    if len(ratios) <= 1:
        return False
    limit = math.log1p(threshold)
    low, high = min(ratios), max(ratios)
    beyond = low > _SURE_FROM * limit or high < -_SURE_FROM * limit
    within = max(-low, high) <= limit
    return not (beyond or within)


def decide(samples: Samples, threshold: float) -> Verdict:
    """The verdict on one benchmark; `threshold` is the smallest change worth a word, as a fraction."""
    unit = UNITS[samples.metric] if samples.unit is None else samples.unit
    blank = Verdict(
        samples.benchmark, "inconclusive", unit=unit, rounds=len(samples.base), runner=samples.runner,
        metric=samples.metric,
    )  # fmt: skip
    if samples.base_error or samples.head_error:
        return _failed(blank, samples)
    if samples.metric == "instructions":
        return _decide_counts(blank, samples, threshold)
    if samples.metric in ("cpu time", "wall time"):
        return _decide_times(blank, samples, threshold)
    return _decide_values(blank, samples, threshold)


def _failed(blank: Verdict, samples: Samples) -> Verdict:
    base, head = samples.base_error, samples.head_error
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
    if min((*samples.base, *samples.head), default=0.0) <= 0:
        return replace(blank, reason=f"{SUSPICIOUS}one side does no work that could be counted")
    estimate = stats.estimate_counts(samples.base, samples.head)
    if estimate is None:
        return replace(blank, reason="not measured")
    known = _with(blank, estimate, samples)
    if abs(samples.head[0] - samples.base[0]) < TINY_INSTRUCTIONS:
        return replace(known, verdict="no change")
    return _word(
        known, estimate, math.log1p(threshold), stats.COUNT_FLOOR, "the count differs from one hash seed to the next"
    )


def _decide_times(blank: Verdict, samples: Samples, threshold: float) -> Verdict:
    estimate = stats.estimate_times(samples.base, samples.head, seed=0)
    if estimate is None:
        return replace(blank, reason="not measured")
    known = _with(blank, estimate, samples)
    return _word(
        known, estimate, math.log1p(max(threshold, TIME_MARGIN)), TIME_MARGIN, "the machine was too noisy to tell"
    )


def _decide_values(blank: Verdict, samples: Samples, threshold: float) -> Verdict:
    """Of what is exact, or comes as the suite reckons it: every pair must show the change."""
    if not samples.base or not samples.head:
        return replace(blank, reason="not measured")
    if samples.base == samples.head:
        one = sorted(samples.base)[len(samples.base) // 2]
        return replace(blank, verdict="no change", ratio=1.0, interval=(1.0, 1.0), base=one, head=one)
    if min((*samples.base, *samples.head)) <= 0:
        return replace(blank, reason="values that are not above zero have no ratio")
    estimate = stats.estimate_values(samples.base, samples.head)
    known = _with(blank, estimate, samples)
    if abs(samples.head[0] - samples.base[0]) < SMALLEST.get(samples.metric, 0):
        return replace(known, verdict="no change")
    return _word(known, estimate, math.log1p(threshold), 0.0, "the value differs from one run to the next")


def _with(blank: Verdict, estimate: stats.Estimate, samples: Samples) -> Verdict:
    base = sorted(samples.base)[len(samples.base) // 2]
    return replace(blank, ratio=estimate.ratio, interval=estimate.interval, base=base, head=base * estimate.ratio)


def _word(known: Verdict, estimate: stats.Estimate, threshold: float, slack: float, noise: str) -> Verdict:
    """A change needs the whole interval beyond the threshold: what is not shown is not said.

    `slack` is how far an interval reaches to each side when nothing disturbs the measurement.
    """
    if estimate.low > threshold:
        return replace(known, verdict="regression")
    if estimate.high < -threshold:
        return replace(known, verdict="improvement")
    if max(-estimate.low, estimate.high) <= threshold + 2 * slack:
        return replace(known, verdict="no change")
    return replace(known, verdict="inconclusive", reason=noise)


def overall(verdicts: Sequence[Verdict]) -> Word:
    """One word for the whole check: the worst that was shown."""
    words = {verdict.verdict for verdict in verdicts}
    order: tuple[Word, ...] = ("regression", "improvement", "no change")
    for word in order:
        if word in words:
            return word
    return "inconclusive"

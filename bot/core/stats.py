"""The calculations behind a verdict: what a pair of measurements says, and how sure it is.

Sources: the bootstrap of medians is Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13 (percentile
intervals); sessions, not turns, are the independent units, so only sessions are drawn again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COUNT_FLOOR = 0.003
"""How far two counts of equal code may differ, as a log ratio. Measured: at most 0.0013 between revisions of equal code
in other words, with all free memory taken (`bot/inside/fresh_memory.py`); see docs/statistics.md."""
_FARTHEST = 1e12
"""A ratio beyond this, or its inverse, is only very large: what suites reckon themselves may be next to nothing."""
_ENOUGH_TO_TRIM = 5
TIME_CONFIDENCE = 0.995
"""Of one look at the sessions; there are at most four."""
_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A log ratio with the range it lies in."""

    middle: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """Head over base."""
        return math.exp(self.middle)

    @property
    def interval(self) -> tuple[float, float]:
        """The range as ratios."""
        return math.exp(self.low), math.exp(self.high)


def log_ratios(base: Sequence[float], head: Sequence[float]) -> list[float]:
    """One log ratio for each pair of positive numbers."""
    return [
        math.log(min(max(h / b, 1 / _FARTHEST), _FARTHEST)) for b, h in zip(base, head, strict=False) if b > 0 and h > 0
    ]


def estimate_counts(base: Sequence[float], head: Sequence[float]) -> Estimate | None:
    """From counts paired by hash seed: the median ratio, with a range of at least the floor of counting.

    The range goes from the smallest to the largest pair; from five pairs on without the outermost on each side, since
    one odd layout of memory says nothing about the others (order statistics as a range of the median: David and
    Nagaraja, Order Statistics, section 7.1; with 7 pairs each end holds with 94 %).
    """
    ratios = sorted(log_ratios(base, head))
    if not ratios:
        return None
    middle = float(np.median(ratios))
    kept = ratios[1:-1] if len(ratios) >= _ENOUGH_TO_TRIM else ratios
    return Estimate(middle, min(middle - COUNT_FLOOR, kept[0]), max(middle + COUNT_FLOOR, kept[-1]))


def estimate_values(base: Sequence[float], head: Sequence[float]) -> Estimate:
    """From positive values that are exact or nearly so: the median ratio, with a range from least to greatest."""
    ratios = log_ratios(base, head)
    return Estimate(float(np.median(ratios)), min(ratios), max(ratios))


def estimate_times(
    base: Sequence[float], head: Sequence[float], *, seed: int, confidence: float = TIME_CONFIDENCE
) -> Estimate | None:
    """From times paired by session: the median ratio, with a percentile bootstrap over sessions."""
    ratios = np.asarray(log_ratios(base, head))
    if ratios.size < 2:
        return None
    draws = np.random.default_rng(seed).choice(ratios, size=(_DRAWS, ratios.size))
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.median(draws, axis=1), [tail, 1 - tail])
    return Estimate(float(np.median(ratios)), float(low), float(high))

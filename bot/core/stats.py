"""The calculations behind a verdict: what a pair of measurements says, and how sure it is.

Sources: Wilcoxon, Individual comparisons by ranking methods (1945); Hodges and Lehmann, Estimates of location based on
rank tests (1963). Sessions, not turns, are the independent units, so only sessions are ranked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

COUNT_FLOOR = 0.003
"""How far two counts of equal code may differ, as a log ratio. Measured: at most 0.0013 between revisions of equal code
in other words, with all free memory taken (`bot/inside/fresh_memory.py`); see docs/statistics.md."""
_FARTHEST = 1e12
"""A ratio beyond this, or its inverse, is only very large: what suites reckon themselves may be next to nothing."""
_ENOUGH_TO_TRIM = 5
TIME_CONFIDENCE = 0.99
"""Of one look at the sessions; there are at most four, and what time alone shows has to be shown by two runs."""


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
    kept = ratios[1:-1] if len(ratios) >= _ENOUGH_TO_TRIM else ratios
    return of_counts(Estimate(float(np.median(ratios)), kept[0], kept[-1]))


def of_counts(known: Estimate) -> Estimate:
    """With a range of at least the floor of counting."""
    middle = known.middle
    return Estimate(middle, min(middle - COUNT_FLOOR, known.low), max(middle + COUNT_FLOOR, known.high))


def estimate_values(base: Sequence[float], head: Sequence[float]) -> Estimate:
    """From positive values that are exact or nearly so: the median ratio, with a range from least to greatest."""
    ratios = log_ratios(base, head)
    return Estimate(float(np.median(ratios)), min(ratios), max(ratios))


def estimate_times(base: Sequence[float], head: Sequence[float]) -> Estimate | None:
    """From times paired by session: the ratio that ranks say is in the middle, with all that they do not rule out.

    The middle is the median of the means of every two sessions: noise moves it less than it moves the median, and one
    session that is far off no more. Of few sessions the range has all of them.
    """
    ratios = np.asarray(log_ratios(base, head))
    if ratios.size < 2:
        return None
    first, second = np.triu_indices(ratios.size)
    means = np.sort((ratios[first] + ratios[second]) / 2)
    left_out = max(0, int(np.searchsorted(np.cumsum(_rank_sums(ratios.size)), (1 - TIME_CONFIDENCE) / 2, "right")) - 1)
    return Estimate(float(np.median(means)), float(means[left_out]), float(means[-1 - left_out]))


def chance(differences: Sequence[float]) -> float:
    """How likely differences are at least so far above zero when their median is zero (Wilcoxon, one-sided, exact)."""
    apart = sorted((one for one in differences if one), key=lambda one: (abs(one), one < 0))  # ties count against it
    below = sum(rank for rank, one in enumerate(apart, 1) if one < 0)
    return float(_rank_sums(len(apart))[: below + 1].sum())


@cache
def _rank_sums(number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How likely each sum of ranks is of so many whose signs are drawn."""
    ways = np.zeros(number * (number + 1) // 2 + 1)
    ways[0] = 1.0
    for rank in range(1, number + 1):
        ways[rank:] += ways[:-rank].copy()
        ways /= 2
    return ways

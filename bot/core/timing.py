"""When the sessions of the time arm are enough, which of its changes are believed, and which benchmarks need it.

Sources: Wilcoxon, Individual comparisons by ranking methods (1945), its exact distribution by counting subsets;
Benjamini and Hochberg, Controlling the false discovery rate (1995). Partner: `bot/stages/turns.py` takes the turns.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from bot.core import stats
from bot.core.model import Samples
from bot.core.reasons import PROCESSES, THREADS, WAITS

_Amount = Annotated[float, msgspec.Meta(ge=0)]
Clock = Literal["cpu time", "wall time"]
LOOKS = (10, 20, 30, 40)
"""Numbers of sessions after which is looked; measured to hold the false alarms with 99.5 % at each look."""
FALSE_DISCOVERIES = 0.01
"""The share of false ones that is allowed among the changes that the time arm finds, over all looks."""
CALM = 0.98
_WITHIN = 3
"""So many margins around zero hold the interval of what did not change."""
_HOPELESS = 0.3
"""An interval of base against itself that is wider, as a log ratio, finds nothing that matters."""
_WAITING = 0.1
"""The part of its wall time from which a benchmark is said to wait."""
_OTHERS = 0.05
"""The part of its CPU time from which other processes or threads count."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one call of a benchmark takes when it only runs, or why there is nothing; a claim of the harness."""

    cpu_ns: _Amount = 0.0
    """Of the process and of those that it waited for."""
    wall_ns: _Amount = 0.0
    children_ns: _Amount = 0.0
    threads_ns: _Amount = 0.0
    """CPU time of other threads than the calling one."""
    pauses: _Amount = 0.0
    """How often the process gave up the processor by itself."""
    error: str | None = None
    timeout: bool = False


def unseen(look: Look) -> str | None:
    """What instructions do not see of a benchmark, as words that go on after "it"; None where they see all."""
    if look.children_ns > _OTHERS * look.cpu_ns:
        return PROCESSES
    if look.pauses and look.wall_ns - look.cpu_ns > _WAITING * look.wall_ns:
        return WAITS
    if look.threads_ns > _OTHERS * look.cpu_ns:
        return THREADS
    return None


def waits(cpu: Samples, wall: Samples) -> bool:
    """Whether a benchmark spends wall time that is no CPU time, as far as sessions say."""
    if not cpu.base:
        return False
    idle = [1 - min(1.0, c / w) for c, w in zip((*cpu.base, *cpu.head), (*wall.base, *wall.head), strict=True) if w]
    return bool(idle) and statistics.median(idle) > _WAITING


def noisy(samples: Samples, margin: float) -> str | None:
    """Why times mean nothing on this machine now, from base against itself; None where they do."""
    estimate = stats.estimate_times(samples.base, samples.head, seed=0)
    if estimate is None:
        return "base could not be timed against itself"
    limit = math.log1p(margin)
    low, high = ((ratio - 1) * 100 for ratio in estimate.interval)
    if estimate.low > limit or estimate.high < -limit or estimate.high - estimate.low > _HOPELESS:
        return f"base against itself read {low:+.1f} to {high:+.1f} %"
    return None


def before(look: int) -> int:
    """How many sessions the look before had."""
    return max((one for one in LOOKS if one < look), default=0)


def told(samples: Mapping[str, Samples], margins: Mapping[str, float]) -> set[str]:
    """The benchmarks whose sessions are enough: clearly changed, believed among all, or clearly not."""
    believed = discoveries(samples, margins)
    found = set()
    for one, known in samples.items():
        sure = stats.estimate_times(known.base, known.head, seed=0)
        calm = stats.estimate_times(known.base, known.head, seed=0, confidence=CALM)
        if sure is None or calm is None:
            continue
        limit = math.log1p(margins[one])
        changed = one in believed and (sure.low > limit or sure.high < -limit)
        if changed or max(-calm.low, calm.high) < _WITHIN * limit:
            found.add(one)
    return found


def discoveries(samples: Mapping[str, Samples], margins: Mapping[str, float]) -> set[str]:
    """Those of many benchmarks that changed by more than their margin, few of them by chance."""
    chances = {}
    for one, known in samples.items():
        ratios = stats.log_ratios(known.base, known.head)
        limit = math.log1p(margins[one])
        chances[one] = min(chance([abs_ - limit for abs_ in ratios]), chance([-abs_ - limit for abs_ in ratios]))
    ordered = sorted(chances, key=lambda one: chances[one])
    allowed = FALSE_DISCOVERIES / len(LOOKS) / 2  # a share for each look, and for each direction
    kept = 0
    for number, one in enumerate(ordered, 1):
        if chances[one] <= allowed * number / len(ordered):
            kept = number
    return set(ordered[:kept])


def chance(differences: Sequence[float]) -> float:
    """How likely differences are at least so far above zero when their median is zero (Wilcoxon, one-sided, exact)."""
    apart = sorted((one for one in differences if one), key=lambda one: (abs(one), one < 0))  # ties count against it
    if not apart:
        return 1.0
    reached = sum(rank for rank, one in enumerate(apart, 1) if one > 0)
    most = len(apart) * (len(apart) + 1) // 2
    ways = [1] + [0] * most
    for rank in range(1, len(apart) + 1):
        for total in range(most, rank - 1, -1):
            ways[total] += ways[total - rank]
    return sum(ways[reached:]) / 2.0 ** len(apart)

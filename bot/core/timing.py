"""When the sessions of the time arm are enough, which of its changes are believed, and which benchmarks need it.

Source: Benjamini and Hochberg, Controlling the false discovery rate (1995). Partner: `bot/stages/turns.py` takes the
turns.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from bot.core import stats
from bot.core.model import Samples
from bot.core.reasons import PROCESSES, THREADS, WAITS

_Amount = Annotated[float, msgspec.Meta(ge=0)]
LOOKS = (10, 20, 40, 80)
"""Numbers of sessions after which is looked: with the last, what does 3 % more is found on a machine that is busy."""
BESIDE = 20
"""As many have to do where times only stand beside counts that decide."""
FALSE_DISCOVERIES = 0.04
"""The share of false ones that is allowed among the changes that one run of the time arm finds, over all looks: of a
single benchmark, just as much as its interval allows."""
WITHIN = 2.5
"""So many margins around zero hold the interval of what did not change; with three, what does three times its margin
more is now and then called unchanged after a few sessions."""
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
    estimate = stats.estimate_times(samples.base, samples.head)
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
        estimate = stats.estimate_times(known.base, known.head)
        if estimate is None:
            continue
        limit = math.log1p(margins[one])
        changed = one in believed and (estimate.low > limit or estimate.high < -limit)
        if changed or max(-estimate.low, estimate.high) <= WITHIN * limit:
            found.add(one)
    return found


def discoveries(samples: Mapping[str, Samples], margins: Mapping[str, float]) -> set[str]:
    """Those of many benchmarks that changed by more than their margin, few of them by chance."""
    chances = {}
    for one, known in samples.items():
        ratios = stats.log_ratios(known.base, known.head)
        limit = math.log1p(margins[one])
        slower, faster = [ratio - limit for ratio in ratios], [-ratio - limit for ratio in ratios]
        chances[one] = min(stats.chance(slower), stats.chance(faster))
    ordered = sorted(chances, key=lambda one: chances[one])
    allowed = FALSE_DISCOVERIES / len(LOOKS) / 2  # a share for each look, and for each direction
    kept = 0
    for number, one in enumerate(ordered, 1):
        if chances[one] <= allowed * number / len(ordered):
            kept = number
    return set(ordered[:kept])

"""Whether what is claimed of a benchmark agrees with the time that was counted outside of its sandbox.

What is counted inside of the benchmarked process can be forged there; what its process costs the machine cannot be. The
two are of different kinds, so ratios of head over base are compared, and generously. Partner: `bot/stages/claims.py`
counts; `docs/decisions/claims.md` has the measured limits.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.model import Verdict

SUSPICIOUS = "suspicious: "
"""How the reason begins of a verdict that its benchmark has forfeited; such a benchmark decides nothing."""
FEWEST_VISITS = 3
_ENOUGH_TO_TRIM = 5
_SLACK = math.log(1.25)
"""How far time may differ from instructions where nothing changed: caches, layouts of memory, other work."""
_SLACK_OF_CHANGE = 0.5
"""How much of a change, as a log ratio, may be in instructions and not in time: not all of them cost the same."""
_NOTHING = 0.01
"""A side that costs less than this part of the other costs nothing that could be told from it."""
_IDLE = {"instructions": 2000.0, "ns": 300.0}
"""What calling a few functions that do nothing costs, and some."""
_IDLE_FROM = 1 / 20
"""Next to nothing is a wonder only where it was much before."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one more call cost on each side, counted outside, in two bursts of calls whose numbers nobody foresaw."""

    base_ns: float
    head_ns: float

    @property
    def change(self) -> float:
        """The log ratio of head over base."""
        least = _NOTHING * max(self.base_ns, self.head_ns)
        return math.log(max(self.head_ns, least) / max(self.base_ns, least)) if least > 0 else 0.0


def disagreement(verdict: Verdict, visits: Sequence[Visit]) -> str | None:
    """Why a verdict is not believed, or None: every visit but the outermost has to contradict the claim."""
    if verdict.ratio is None or len(visits) < FEWEST_VISITS:
        return None
    if max(statistics.median(visit.base_ns for visit in visits), 0) == 0:
        return None  # base is not doubted: what costs it nothing cannot be counted this way
    changes = sorted(visit.change for visit in visits)
    kept = changes[1:-1] if len(changes) >= _ENOUGH_TO_TRIM else changes
    claimed = math.log(verdict.ratio)
    slack = _SLACK + _SLACK_OF_CHANGE * abs(claimed)
    if kept[0] - slack <= claimed <= kept[-1] + slack:
        return None
    counted = math.exp(statistics.median(changes))
    time = "wall time" if verdict.metric == "wall time" else "processor time"
    return (
        f"it claims {verdict.ratio:.2f} times the cost before, and the {time} that was counted outside of the sandbox"
        f" is {counted:.2f} times what it was"
    )


def idle(verdict: Verdict) -> str | None:
    """Why a benchmark is not believed that has all but stopped to do anything, or None."""
    base, head = verdict.base, verdict.head
    if base is None or head is None or head > _IDLE.get(verdict.unit, 0.0) or head > _IDLE_FROM * base:
        return None
    return "at head it does next to nothing; a result that is kept from an earlier call looks the same"


def suspect(verdict: Verdict, why: str) -> Verdict:
    """The verdict of a benchmark that is not believed: it decides nothing, and says why."""
    return replace(verdict, verdict="inconclusive", reason=f"{SUSPICIOUS}{why}")


def suspicious(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Those that are not believed."""
    return tuple(one for one in verdicts if (one.reason or "").startswith(SUSPICIOUS))

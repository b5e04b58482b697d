"""What merged fixes have saved, in CPU time and energy, with every factor stated.

Partner: `bot/work/follow_up.py` measures and books.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

INSTRUCTIONS_PER_CPU_S = 3.0e9
"""One core at 3 GHz and one instruction a cycle; interpreted Python reaches 1 to 3 a cycle, so this is a round figure
for turning a count into a time, and not a measurement."""
WATTS_PER_CORE = 10.0
"""A busy server core with its share of memory, supply and cooling: a round figure between published 5 and 15 W."""
CALLS = 1_000_000
"""Nobody has told how often the code is called, so a saving is told per million calls of the benchmark."""


class Saving(msgspec.Struct, frozen=True):
    """What a merged fix has brought on one benchmark; `saved` is in `unit`, per call."""

    pull: int
    sha: str
    benchmark: str
    ratio: float
    saved: float
    unit: str
    at: float

    @property
    def cpu_s(self) -> float:
        """CPU seconds saved per million calls."""
        return self.saved * CALLS / (INSTRUCTIONS_PER_CPU_S if self.unit == "instructions" else 1e9)

    @property
    def kwh(self) -> float:
        """Energy saved per million calls."""
        return self.cpu_s * WATTS_PER_CORE / 3600 / 1000


def totals(savings: Iterable[Saving]) -> tuple[float, float]:
    """CPU seconds and kWh over all, per million calls of each benchmark."""
    kept = list(savings)
    return sum(one.cpu_s for one in kept), sum(one.kwh for one in kept)

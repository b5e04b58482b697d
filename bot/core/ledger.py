"""What merged fixes save a day, in CPU time and energy, with every factor stated.

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
ASSUMED_CALLS_A_DAY = 1e6
"""Where the repository declares no call rate: a round figure, told and added up apart from what is declared."""


class Saving(msgspec.Struct, frozen=True):
    """What a merged fix has brought on one benchmark; `saved` is in `unit`, per call."""

    pull: int
    sha: str
    benchmark: str
    ratio: float
    saved: float
    unit: str
    at: float
    declared_calls_a_day: float | None = None
    """The call rate that the configuration declared when the fix was merged."""

    @property
    def calls_a_day(self) -> float:
        """The call rate, declared or assumed."""
        return ASSUMED_CALLS_A_DAY if self.declared_calls_a_day is None else self.declared_calls_a_day

    @property
    def cpu_s_a_call(self) -> float:
        """CPU seconds saved by one call."""
        return self.saved / (INSTRUCTIONS_PER_CPU_S if self.unit == "instructions" else 1e9)

    @property
    def cpu_s_a_day(self) -> float:
        """CPU seconds saved a day."""
        return self.cpu_s_a_call * self.calls_a_day

    @property
    def kwh_a_day(self) -> float:
        """Energy saved a day."""
        return self.cpu_s_a_day * WATTS_PER_CORE / 3600 / 1000


def totals(savings: Iterable[Saving]) -> tuple[float, float]:
    """CPU seconds and kWh a day over all."""
    kept = list(savings)
    return sum(one.cpu_s_a_day for one in kept), sum(one.kwh_a_day for one in kept)

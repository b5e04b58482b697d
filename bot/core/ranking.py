"""Which regressions are looked into, and in which order fixes are offered: by gain, then by size."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.model import Fix, FixStatus, Verdict

_ORDER: tuple[FixStatus, ...] = ("verified", "unverified", "rejected")
_ALIKE = 0.1
"""Fixes whose gains differ by less than this part are as good as each other; then the smaller one is better."""
MOST_PROFILED = 12
"""Regressions profiled; beyond these, the largest ones speak for the rest."""


def profiled(verdicts: Iterable[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    """The regressions that are looked into, the largest first, and those that they speak for."""
    regressed = [one for one in verdicts if one.verdict == "regression"]
    regressed.sort(key=lambda one: -(one.ratio or 1))
    return regressed[:MOST_PROFILED], regressed[MOST_PROFILED:]


def won_back(regression: float | None, fixed: float | None) -> float | None:
    """The share of a regression (head over base) that a fix (fixed over head) takes back; None where there is none."""
    if regression is None or fixed is None or regression <= 1:
        return None
    return (1 - fixed) / (1 - 1 / regression)


def size(fix: Fix) -> int:
    """How many lines a patch takes away and adds."""
    return sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in fix.patch.splitlines() if line)


def ordered(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """The best one first, rejected ones last."""
    return tuple(sorted(fixes, key=lambda fix: (_ORDER.index(fix.status), -_gain(fix), size(fix), fix.ratio or 1.0)))


def _gain(fix: Fix) -> int:
    gain = fix.won_back if fix.won_back is not None else 1 - (fix.ratio or 1.0)
    return round(gain / _ALIKE)

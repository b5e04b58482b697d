"""measure and verdict of what importing the repository's packages costs, where the configuration asks for it.

Partner: `bot/inside/suite_imports.py`, which imports each package in a fresh process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.config import Config
from bot.core.model import Verdict
from bot.stages import measure as measuring
from bot.stages import verdict as judging
from bot.stages.meter import Meter, Sides
from bot.stages.prepare import Preparer


@dataclass(frozen=True, slots=True)
class Imported:
    """A verdict for each package that imports on both sides, and notes on what did not change or did not import."""

    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()


def measure(meter: Meter, sides: Sides, preparer: Preparer) -> Imported:
    """What importing each package costs that both sides have."""
    packages = preparer.importable(sides.base.variant) & preparer.importable(sides.head.variant)
    if not packages:
        return Imported(notes=("import time was not measured: base and head have no top-level package in common",))
    statements = [f"import {package}" for package in sorted(packages)]
    meter.bench.progress.step("importing the packages")
    measured = measuring.measure_imports(meter, sides, statements)
    decided = judging.decide(measured, _with_limits(meter.config, statements), lost=sides.lost_extensions)
    told = tuple(replace(one, metric="import time") for one in decided if one.verdict != "failed")
    return Imported(told, (*measured.notes, *_notes(decided)))


def _with_limits(config: Config, statements: Sequence[str]) -> Config:
    """The configuration with the threshold of import time as that of each statement."""
    return replace(config, thresholds={one: config.metric_threshold("import time", one) or 0.0 for one in statements})


def _notes(decided: Sequence[Verdict]) -> Iterator[str]:
    if same := [f"`{one.id}`" for one in decided if one.verdict == "no change"]:
        yield f"import time did not change: {', '.join(same)}"
    for one in decided:
        if one.verdict == "failed":
            yield f"`{one.id}` was not measured: it {one.reason}"
        if one.verdict == "inconclusive":
            yield f"import time of `{one.id}` is inconclusive: {one.reason}"

"""The last part of diagnose: what is to blame for a regression that no function of the diff explains.

Partner: `bot/stages/experiment.py`, whose experiments come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot import machine
from bot.core.diagnose import Cause, Experiment
from bot.core.experiment import ENOUGH
from bot.core.model import Plan, Suite
from bot.core.text import percent
from bot.errors import MeasureError
from bot.harness import alike
from bot.stages import coverage
from bot.stages.counting import growing
from bot.stages.meter import Meter, Sides

_HALF = 0.5
_MOST_NAMED = 4


def reasons(
    plan: Plan, sides: Sides, meter: Meter, suite: Suite, benchmarks: Sequence[str], causes: Mapping[str, Cause],
    *, whole: bool,
) -> dict[str, str]:  # fmt: skip
    """For each regression of which the code explains less than half, what does, or may.

    `whole` is whether all of the code was looked into.
    """
    left = [one for one in benchmarks if not _explained(causes.get(one))]
    if not left or meter.metric != "instructions":
        return {}
    shown = growing(meter, sides, suite, left)
    left = [one for one in left if one in shown]
    found = _packages(sides, meter, suite, left)
    others = coverage.anyones(plan)
    if not others or meter.out_of_time or not whole:
        return found  # what nobody has had time to try may explain it
    for one in left:
        if one not in found:
            found[one] = (
                "no change in Python was found to explain half of it; the diff changes files that are not Python:"
                f" {', '.join(others[:_MOST_NAMED])}{', …' if len(others) > _MOST_NAMED else ''}"
            )
    return found


def _explained(cause: Cause | None) -> bool:
    return cause is not None and cause.experiment is not None and cause.experiment.share >= _HALF


def _packages(sides: Sides, meter: Meter, suite: Suite, benchmarks: Sequence[str]) -> dict[str, str]:
    """Head's files with base's packages: where that is as fast as base, the packages are to blame and not the code."""
    base, head = sides.base.environment, sides.head.environment
    changed = machine.package_changes(base.built.packages, head.built.packages)
    if not changed or base.key == head.key or base.built.serves_one_tree:  # base's code would come with its packages
        return {}
    meter.bench.progress.step("counting head with base's packages")
    checkout = replace(sides.head, environment=base)
    try:
        before, after, left = (
            meter.counts(side, suite, benchmarks, seed=0) for side in (sides.base, sides.head, checkout)
        )
    except MeasureError:
        return {}
    found = {}
    for one in benchmarks:
        counts = alike(before[one], after[one], left[one])
        if counts is None:
            continue
        was, is_, rest = counts
        experiment = Experiment(((was, is_, rest),))
        if experiment.share >= _HALF:
            low, high = map(percent, experiment.interval)
            alone = ", not the code" if experiment.share >= ENOUGH else ""
            found[one] = (
                f"the installed packages differ ({', '.join(changed[:_MOST_NAMED])}){alone}: head's files with"
                f" base's packages lose {percent(experiment.share)} of the change (interval {low} to {high})"
            )
    return found

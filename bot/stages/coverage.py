"""measure: what the diff changes, and which benchmarks call nothing of it.

Partner: `bot/inside/region.py` finds what one call at base reaches (`Cover`); it is kept for every later check of base.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.changed import Changed, changed_functions, is_test
from bot.core.model import Plan, Suite
from bot.core.source import MODULE
from bot.stages.meter import COVER, Meter, Sides


def changed(plan: Plan, sides: Sides) -> list[Changed]:
    """The functions that the diff changes, without those of benchmarks and tests."""
    definition = {path for suite in (*plan.suites, *plan.head_suites) for path in suite.definition}
    everything = changed_functions(plan.changes, sides.base.variant, sides.head.variant)
    return [one for one in everything if one.path not in definition and not is_test(one.path)]


def untouched(meter: Meter, plan: Plan, sides: Sides, suite: Suite, benchmarks: Sequence[str]) -> list[str]:
    """The benchmarks that call nothing of what head changes, as far as one call at base tells.

    None where the environments differ: what was installed anew may be called by any of them.
    """
    if sides.base.environment.key != sides.head.environment.key:
        return []
    functions = changed(plan, sides)
    covers = meter.ask(COVER, sides.base, suite, benchmarks)
    return [one for one, cover in covers.items() if cover.error is None and not _touches(cover.reached, functions)]


def _touches(reached: Iterable[tuple[str, int]], functions: Sequence[Changed]) -> bool:
    return any(_is_in(path, line, one) for path, line in reached for one in functions)


def _is_in(path: str, line: int, function: Changed) -> bool:
    """Whether a call is one of the function; where it is new or no function, whether it is one of its file."""
    if path != function.base_path:
        return False
    there = function.base
    return there is None or function.name == MODULE or there.start <= line <= there.end

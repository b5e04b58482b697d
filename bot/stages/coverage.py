"""measure: what the diff changes, and which benchmarks call nothing of it.

Partner: `bot/inside/region.py` finds what one call at base reaches (`Cover`); it is kept for every later check of base.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.core.changed import PYTHON, Changed, changed_functions, is_test
from bot.core.model import Plan, Suite
from bot.core.source import MODULE
from bot.runners._python import among_benchmarks
from bot.stages.meter import COVER, Meter, Sides

_WORDS = re.compile(
    r"(^|/)(docs?/|\.[^/]+(/|$)|(README|LICEN[CS]E|CHANGE\w*|AUTHORS)[^/]*$)|\.(md|rst)$", re.IGNORECASE
)
"""Paths of what nothing reads while benchmarks run."""


def changed(plan: Plan, sides: Sides) -> list[Changed]:
    """The functions that the diff changes, without those of benchmarks and tests."""
    aside = {path for suite in (*plan.suites, *plan.head_suites) for path in suite.definition}
    everything = changed_functions(plan.changes, sides.base.variant, sides.head.variant)
    known = {*sides.base.variant.paths, *sides.head.variant.paths}
    aside |= {one.path for one in everything if is_test(one.path) or among_benchmarks(one.path, known)}
    return [one for one in everything if one.path not in aside]


def in_order(
    meter: Meter, plan: Plan, sides: Sides, suite: Suite, benchmarks: Sequence[str], *, until_s: float
) -> tuple[list[str], list[str]]:
    """Those that may call something of what head changes, and those that call nothing of it.

    That is as far as one call at base tells; of the first, those that are known to call it come first. None is said to
    call nothing where the environments differ, or where what changed is no code: any of them may use that.
    """
    if sides.base.environment.key != sides.head.environment.key or anyones(plan):
        return list(benchmarks), []
    functions = changed(plan, sides)
    covers = meter.ask(COVER, sides.base, suite, benchmarks, until_s=until_s)
    known = [one for one in benchmarks if covers[one].error is None]
    calling = [one for one in known if _touches(covers[one].reached, functions)]
    first = calling + [one for one in benchmarks if covers[one].error is not None]
    return first, [one for one in known if one not in set(calling)]


def anyones(plan: Plan) -> tuple[str, ...]:
    """What head changes of which no coverage tells who uses it: data, templates, sources in other languages."""
    others = (change for change in plan.changes if not change.path.endswith(PYTHON))
    paths = dict.fromkeys(path for change in others for path in (change.path, change.old_path))
    return tuple(path for path in paths if not _WORDS.search(path))


def _touches(reached: Iterable[tuple[str, int]], functions: Sequence[Changed]) -> bool:
    return any(_is_in(path, line, one) for path, line in reached for one in functions)


def _is_in(path: str, line: int, function: Changed) -> bool:
    """Whether a call is one of the function; where it is new or no function, whether it is one of its file."""
    if path != function.base_path:
        return False
    there = function.base
    return there is None or function.name == MODULE or there.start <= line <= there.end

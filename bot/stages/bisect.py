"""What bisecting measures: one count of the good commit and of another a time, or a run of turns.

Partner: `bot/core/bisect.py` decides which commit is next.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from bot.core import stats
from bot.core.model import IN_TURNS, TESTS, Plan, Suite, Verdict
from bot.errors import UserError
from bot.harness import alike
from bot.stages.choose import only
from bot.stages.meter import VALUE, Meter, Sides
from bot.stages.turns import take_turns
from bot.workbench import Checkout


def narrowed(plan: Plan, good: Checkout, meter: Meter, benchmark: str) -> Plan:
    """The plan; where tests stand in, with the one that is asked for, whichever would be chosen for a range.

    Raises UserError, with the nearest id, where the good commit has no such benchmark.
    """
    names = [one for suite in _tests(plan, ()) for one in meter.listing(good, suite).benchmarks]
    if benchmark in names:
        return replace(plan, suites=_tests(plan, (benchmark,)))
    nearest = difflib.get_close_matches(benchmark, names, 1, 0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else "`perfwright check` shows the ids"
    raise UserError(f"the good revision has no benchmark {benchmark}: {hint}")


def _tests(plan: Plan, wanted: Sequence[str]) -> tuple[Suite, ...]:
    return tuple(only(one, wanted) if one.runner == TESTS else one for one in plan.suites)


def ratio(sides: Sides, suites: Sequence[Suite], meter: Meter, verdict: Verdict, times: int) -> float | None:
    """What a commit costs over the good one, in the metric of a verdict.

    Each of the `times` is under other hash seeds and layouts of memory.
    """
    suite = next((one for one in suites if one.runner == verdict.runner), None)
    if suite is None:
        return None
    if verdict.metric in IN_TURNS:
        return _timed(sides, suite, meter, verdict, times)
    measure = _counts if verdict.metric == "instructions" else _values
    base, head = measure(meter, sides, suite, verdict.id, times) or (None, None)
    return head / base if base and head else None


def _counts(meter: Meter, sides: Sides, suite: Suite, benchmark: str, seed: int) -> tuple[float, ...] | None:
    return alike(*(meter.counts(side, suite, [benchmark], seed=seed)[benchmark] for side in (sides.base, sides.head)))


def _values(meter: Meter, sides: Sides, suite: Suite, benchmark: str, seed: int) -> tuple[float | None, ...]:
    both = (sides.base, sides.head)
    return tuple(meter.ask(VALUE, side, suite, [benchmark], seed=seed)[benchmark].value for side in both)


def _timed(sides: Sides, suite: Suite, meter: Meter, verdict: Verdict, times: int) -> float | None:
    pair = sides.base, sides.head
    timed = take_turns(meter, pair, suite, [verdict.id], until_s=meter.until(0.9), run=times)[verdict.id]
    samples = next((one for one in timed.samples if one.metric == verdict.metric), None)
    estimate = samples and stats.estimate_times(samples.base, samples.head)
    return estimate.ratio if estimate else None

"""diagnose: profiles of both sides of each regression, laid over the diff; and what no benchmark reaches.

Partner: `bot/core/diagnose.py` decides who is a suspect.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from bot.core import diagnose as pure
from bot.core import ranking
from bot.core.changed import PYTHON, Changed, left_out
from bot.core.diagnose import Cause, Cost, Costs
from bot.core.model import Effort, Plan, Side, Suite, Suspect, Verdict
from bot.core.reasons import SPENT
from bot.core.source import MODULE
from bot.core.text import several
from bot.errors import MeasureError
from bot.harness import Harness, Profile, Reach
from bot.stages import coverage, elsewhere
from bot.stages.experiment import Laboratory, explain
from bot.stages.meter import RECIPE, Meter, Sides
from bot.stages.prepare import Preparer
from bot.store import key
from bot.workbench import Checkout, Workbench

MOST_WATCHED = 2000
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Suspects of every regression, and which of the changed functions benchmarks reach."""

    suspects: tuple[Suspect, ...] = ()
    uncovered: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    causes: Mapping[str, Cause] = field(default_factory=dict)
    """By benchmark, what experiments have shown."""
    called: Mapping[str, Calls] = field(default_factory=dict)
    """By benchmark, which line at head calls which function how often."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By benchmark, what is to blame where the code is not."""
    effort: Effort = field(default_factory=Effort)

    def reason(self, one: Verdict) -> str | None:
        """Why a verdict is what it is, and what is to blame where the code is not."""
        return "; ".join(filter(None, (one.reason, self.reasons.get(one.id)))) or None

    @property
    def blind(self) -> bool:
        """Whether the diff changes functions and not one of them is reached by a benchmark."""
        return bool(self.uncovered) and not self.covered


class _Answer(Protocol):
    @property
    def error(self) -> str | None: ...


_Kind = TypeVar("_Kind", bound=_Answer)
_Watched = list[tuple[str, int]]
Calls = Mapping[tuple[str, int, str, int], int]


def diagnose(
    bench: Workbench, plan: Plan, sides: Sides, preparer: Preparer, meter: Meter, verdicts: Sequence[Verdict]
) -> Diagnosis:
    """Suspects for each regression, what is to blame where the code is not, and what no benchmark reaches."""
    candidates, notes = _candidates(plan, sides)
    running = [one for one in verdicts if one.ratio is not None or SPENT in (one.reason or "")]
    if not running:
        return Diagnosis(notes=notes)
    reached = _reached(meter, plan, sides, running, candidates)
    named = [one for one in candidates if one.name != MODULE]
    unreached = tuple(f"{one.path}::{one.name}" for one in named if one not in reached)
    if unreached and meter.out_of_time:
        # Of what nobody has looked into, nobody can say that it reaches nothing.
        notes += ("the budget was spent before it was known whether some benchmark reaches each changed function",)
        unreached = ()
    regressed, smaller = ranking.profiled(running)
    if smaller:
        speak = f"the {len(regressed)} largest speak for {'it' if len(smaller) == 1 else 'them'}"
        notes += (f"not looked into: {several(len(smaller), 'smaller regression')}; {speak}",)
    parts = []
    for suite in plan.suites:
        mine = [one.id for one in regressed if one.runner == suite.runner]
        if mine:
            part = _diagnose_suite(bench, sides, preparer, meter, suite, mine, candidates)
            parts.append(replace(part, reasons=elsewhere.reasons(plan, sides, meter, suite, mine, part.causes)))
    return Diagnosis(
        tuple(suspect for part in parts for suspect in part.suspects),
        unreached,
        tuple(f"{one.path}::{one.name}" for one in named if one in reached),
        (*notes, *(note for part in parts for note in part.notes)),
        dict(ChainMap(*(dict(part.causes) for part in parts))),
        dict(ChainMap(*(dict(part.called) for part in parts))),
        dict(ChainMap(*(dict(part.reasons) for part in parts))),
        _together([part.effort for part in parts]),
    )


def _candidates(plan: Plan, sides: Sides) -> tuple[list[Changed], tuple[str, ...]]:
    """The changed functions that may be to blame, and what of the diff could not be looked into."""
    base, head = sides.base.variant, sides.head.variant
    python = [change for change in plan.changes if change.path.endswith(PYTHON)]
    base.load(change.old_path for change in python)
    head.load(change.path for change in python)
    found = coverage.changed(plan, sides)
    notes = left_out(plan.changes, base, head)
    if len(found) > MOST_WATCHED:
        notes += (f"the diff changes {len(found):,} functions: the first {MOST_WATCHED:,} were looked into",)
    return found[:MOST_WATCHED], notes


def _together(efforts: Sequence[Effort]) -> Effort:
    return Effort(
        sum(one.variants for one in efforts),
        round(sum(one.experiments_s for one in efforts), 1),
        round(sum(one.profiles_s for one in efforts), 1),
    )


def _diagnose_suite(
    bench: Workbench,
    sides: Sides,
    preparer: Preparer,
    meter: Meter,
    suite: Suite,
    benchmarks: Sequence[str],
    candidates: Sequence[Changed],
) -> Diagnosis:
    began = bench.clock()
    profiles: dict[str, tuple[Costs, Costs, dict[Changed, float]]] = {}
    notes = []
    profiled = _profiles(meter, sides, suite, benchmarks, candidates)
    if late := len(benchmarks) - len(profiled) if meter.out_of_time else 0:
        notes.append(f"{several(late, 'regression')} not looked into: the budget was spent before")
    for benchmark, (base, head) in profiled.items():
        if wrong := base.error or head.error:
            notes.append(f"{benchmark} could not be profiled: {wrong}")
        before, after = _costs(base, candidates, "base"), _costs(head, candidates, "head")
        profiles[benchmark] = (before, after, pure.growth(candidates, before, after))
    profiled_s = bench.clock() - began
    laboratory = Laboratory(sides, preparer, meter, suite)
    causes = explain(laboratory, candidates, profiles) if meter.metric == "instructions" else {}
    if causes and meter.out_of_time:
        notes += unfinished([one for one in profiles if one not in causes or not causes[one].cuts])
    found = [
        suspect
        for benchmark, (before, after, grown) in profiles.items()
        for suspect in pure.suspects(benchmark, grown, before, after, causes.get(benchmark, Cause()))
    ]
    effort = Effort(laboratory.variants, round(laboratory.seconds, 1), round(profiled_s, 1))
    called = {benchmark: head.calls for benchmark, (_base, head, _grown) in profiles.items()}
    return Diagnosis(tuple(found), notes=tuple(notes), causes=causes, called=called, effort=effort)


def unfinished(benchmarks: Sequence[str]) -> list[str]:
    """Without a cause that experiments have shown nothing can be taken back, and nobody would know why not."""
    if not benchmarks:
        return []
    which = f"{benchmarks[0]} and {len(benchmarks) - 1} more" if len(benchmarks) > 1 else benchmarks[0]
    return [
        f"the budget was spent before it was certain what explains {which}, so that taking it back"
        " was not tried as a fix: raise `budget`"
    ]


def _reached(
    meter: Meter, plan: Plan, sides: Sides, running: Sequence[Verdict], candidates: Sequence[Changed]
) -> set[Changed]:
    """The changed functions that some benchmark calls at head, or at base where head has deleted them.

    `running` are those that were compared, or would have been had the budget lasted.
    """
    found: set[Changed] = set()
    for suite in plan.suites:
        mine = [one.id for one in running if one.runner == suite.runner]
        for side, there in ((sides.head, [c for c in candidates if c.head]), (sides.base, _deleted(candidates))):
            watched = _watched(side.side, there)
            answers = _ask(
                meter, side, suite, mine, watched, Reach, lambda served, one, w: served.reach(one, w, _TIMEOUT_S)
            )
            found |= {there[number] for answer in answers.values() for number in answer.reached if number < len(there)}
    return found


def _deleted(candidates: Sequence[Changed]) -> list[Changed]:
    return [one for one in candidates if one.head is None and one.base is not None]


def _profiles(
    meter: Meter, sides: Sides, suite: Suite, benchmarks: Sequence[str], candidates: Sequence[Changed]
) -> dict[str, tuple[Profile, Profile]]:
    def profile(side: Checkout) -> dict[str, Profile]:
        watched = _watched(side.side, candidates)
        return _ask(
            meter, side, suite, benchmarks, watched, Profile, lambda served, one, w: served.profile(one, w, _TIMEOUT_S)
        )

    with ThreadPoolExecutor(2) as pool:
        base, head = pool.map(profile, (sides.base, sides.head))
    return {one: (base[one], head[one]) for one in benchmarks if one in base and one in head}


def _watched(side: str, candidates: Sequence[Changed]) -> _Watched:
    if side == "base":
        return [(one.base_path, one.base.start) for one in candidates if one.base]
    return [(one.path, one.head.start) for one in candidates if one.head]


def _ask(
    meter: Meter,
    side: Checkout,
    suite: Suite,
    benchmarks: Sequence[str],
    watched: _Watched,
    kind: type[_Kind],
    question: Callable[[Harness, str, _Watched], _Kind],
) -> dict[str, _Kind]:
    """The answer for each benchmark: kept ones, and new ones from one process while there is time."""
    bench = meter.bench
    if not watched:
        return {one: kind() for one in benchmarks}
    digest = (RECIPE, kind.__name__, side.variant.digest, side.environment.key, suite.runner, dict(side.env), watched)
    places = {one: key(*digest, one) for one in benchmarks}
    found = {one: known for one in benchmarks if (known := bench.store.get(places[one], kind)) is not None}
    missing = [one for one in benchmarks if one not in found]
    if missing:
        with bench.serve(side, suite, "none") as served:
            for number, one in enumerate(missing):
                if meter.out_of_time:
                    break
                bench.progress.step(f"looking into {one}", done=number, total=len(missing))
                try:
                    found[one] = question(served, one, watched)
                except MeasureError:
                    break
                if found[one].error is None:
                    bench.store.put(places[one], found[one])
    return found


def _costs(profile: Profile, candidates: Sequence[Changed], side: Side) -> Costs:
    known = {(path, line): Cost(calls, codes, c_calls) for path, line, calls, codes, c_calls in profile.costs}
    found = {}
    for one in candidates:
        function, path = (one.base, one.base_path) if side == "base" else (one.head, one.path)
        found[one] = known.get((path, function.start), Cost()) if function else Cost()
    return Costs(
        found,
        {(path, line): Cost(0, codes, c_calls) for path, line, codes, c_calls in profile.lines},
        {(path, line, callee, start): count for path, line, callee, start, count in profile.calls},
        sum(cost.weight for cost in known.values()),
    )

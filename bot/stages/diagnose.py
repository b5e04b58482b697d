"""diagnose: profiles of both sides of each regression, laid over the diff; and what no benchmark reaches.

Partner: `bot/core/diagnose.py` decides who is a suspect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.core import diagnose as pure
from bot.core.diagnose import Changed, Cost, Experiment
from bot.core.model import Plan, Suite, Suspect, Verdict
from bot.core.patch import revert
from bot.core.source import MODULE, parse
from bot.errors import MeasureError
from bot.git import Variant
from bot.harness import Harness, Profile, Reach
from bot.stages.meter import RECIPE, Meter, Sides
from bot.stages.prepare import Preparer
from bot.store import key
from bot.workbench import Checkout, Workbench

MOST_PROFILED = 12
"""Regressions profiled; beyond these, the largest ones speak for the rest."""
MOST_EXPERIMENTS = 5
"""Candidates whose changes are taken back, for one benchmark."""
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Suspects of every regression, and the changed functions that no benchmark reaches."""

    suspects: tuple[Suspect, ...] = ()
    uncovered: tuple[str, ...] = ()
    covered: bool = True
    """False when the diff changes functions and not one of them is reached by a benchmark."""
    notes: tuple[str, ...] = ()


class _Answer(Protocol):
    @property
    def error(self) -> str | None: ...


_Kind = TypeVar("_Kind", bound=_Answer)
_Watched = list[tuple[str, int]]


def diagnose(
    bench: Workbench, plan: Plan, sides: Sides, preparer: Preparer, meter: Meter, verdicts: Sequence[Verdict]
) -> Diagnosis:
    """Suspects for each regression, and what no benchmark reaches."""
    definition = {path for suite in (*plan.suites, *plan.head_suites) for path in suite.definition}
    everything = pure.changed_functions(plan.changes, sides.base.variant, sides.head.variant)
    candidates = [one for one in everything if one.path not in definition and not _is_test(one.path)]
    compared = [one for one in verdicts if one.ratio is not None]
    if not candidates or not compared:
        return Diagnosis()
    reached = _reached(bench, plan, sides, compared, candidates)
    missed = [one for one in candidates if one not in reached and one.name != MODULE]
    regressed = sorted((one for one in compared if one.verdict == "regression"), key=lambda one: -(one.ratio or 1))
    found: list[Suspect] = []
    notes: list[str] = []
    for suite in plan.suites:
        mine = [one.id for one in regressed[:MOST_PROFILED] if one.runner == suite.runner]
        if mine:
            diagnosis = _diagnose_suite(bench, sides, preparer, meter, suite, mine, candidates)
            found += diagnosis.suspects
            notes += diagnosis.notes
    return Diagnosis(
        tuple(found),
        tuple(f"{one.path}::{one.name}" for one in missed),
        covered=not missed or any(one.name != MODULE for one in reached),
        notes=tuple(notes),
    )


def _is_test(path: str) -> bool:
    parts = path.split("/")
    return "tests" in parts[:-1] or parts[-1].startswith("test_") or parts[-1] == "conftest.py"


def _diagnose_suite(
    bench: Workbench,
    sides: Sides,
    preparer: Preparer,
    meter: Meter,
    suite: Suite,
    benchmarks: Sequence[str],
    candidates: Sequence[Changed],
) -> Diagnosis:
    costs: dict[str, tuple[dict[Changed, Cost], dict[Changed, Cost], float]] = {}
    notes = []
    for benchmark, (base, head) in _profiles(bench, sides, suite, benchmarks, candidates).items():
        if wrong := base.error or head.error:
            notes.append(f"{benchmark} could not be profiled: {wrong}")
        before, after = _costs(base, candidates, "base"), _costs(head, candidates, "head")
        costs[benchmark] = (before, after, _weight(head) - _weight(base))
    experiments: dict[tuple[str, Changed], Experiment] = {}
    if meter.metric == "instructions":
        wanted: dict[Changed, list[str]] = {}
        for benchmark, (before, after, _growth) in costs.items():
            for one in pure.ranked(candidates, before, after)[:MOST_EXPERIMENTS]:
                wanted.setdefault(one, []).append(benchmark)
        experiments = _experiments(sides, preparer, meter, suite, wanted)
    found: list[Suspect] = []
    for benchmark, (before, after, growth) in costs.items():
        known = {one: tried for (where, one), tried in experiments.items() if where == benchmark}
        found += pure.suspects(benchmark, candidates, before, after, growth=growth, experiments=known)
    return Diagnosis(tuple(found), notes=tuple(notes))


def _experiments(
    sides: Sides,
    preparer: Preparer,
    meter: Meter,
    suite: Suite,
    wanted: Mapping[Changed, Sequence[str]],
) -> dict[tuple[str, Changed], Experiment]:
    """Take the changes of one function after the other back, and count again what is left."""
    everything = sorted({one for benchmarks in wanted.values() for one in benchmarks})
    base = meter.counts(sides.base, suite, everything, seed=0)
    head = meter.counts(sides.head, suite, everything, seed=0)

    def attempt(item: tuple[Changed, Sequence[str]]) -> dict[tuple[str, Changed], Experiment]:
        one, benchmarks = item
        variant = _without(one, sides)
        if variant is None:
            return {}
        meter.bench.progress.step(f"taking back the changes of {one.name}")
        try:
            left = meter.counts(preparer.checkout("head", variant, sides.head.environment), suite, benchmarks, seed=0)
        except MeasureError:
            return {}  # the rest of the diff needs these changes: there is no such experiment
        found = {}
        for benchmark in benchmarks:
            counts = (base[benchmark].instructions, head[benchmark].instructions, left[benchmark].instructions)
            if None not in counts and counts[0] != counts[1]:
                found[benchmark, one] = Experiment(*(count or 0.0 for count in counts))
        return found

    with ThreadPoolExecutor(2) as pool:
        return {where: tried for part in pool.map(attempt, wanted.items()) for where, tried in part.items()}


def _without(one: Changed, sides: Sides) -> Variant | None:
    """Head with the hunks of one function taken back; None where that is no Python any more."""
    before, after = sides.base.variant.text(one.base_path), sides.head.variant.text(one.path)
    if before is None or after is None:
        return None
    text = revert(before, after, one.hunks)
    if text == after or parse(text) is None:
        return None
    return Variant(sides.head.variant.tree, {**sides.head.variant.replaced, one.path: text.encode()})


def _reached(
    bench: Workbench, plan: Plan, sides: Sides, compared: Sequence[Verdict], candidates: Sequence[Changed]
) -> set[Changed]:
    """The changed functions that some benchmark calls at head, or at base where head has deleted them."""
    found: set[Changed] = set()
    for suite in plan.suites:
        mine = [one.id for one in compared if one.runner == suite.runner]
        for side, there in ((sides.head, [c for c in candidates if c.head]), (sides.base, _deleted(candidates))):
            watched = _watched(side.side, there)
            answers = _ask(
                bench, side, suite, mine, watched, Reach, lambda served, one, w: served.reach(one, w, _TIMEOUT_S)
            )
            found |= {there[number] for answer in answers.values() for number in answer.reached if number < len(there)}
    return found


def _deleted(candidates: Sequence[Changed]) -> list[Changed]:
    return [one for one in candidates if one.head is None and one.base is not None]


def _profiles(
    bench: Workbench, sides: Sides, suite: Suite, benchmarks: Sequence[str], candidates: Sequence[Changed]
) -> dict[str, tuple[Profile, Profile]]:
    def profile(side: Checkout) -> dict[str, Profile]:
        watched = _watched(side.side, candidates)
        return _ask(
            bench, side, suite, benchmarks, watched, Profile, lambda served, one, w: served.profile(one, w, _TIMEOUT_S)
        )

    with ThreadPoolExecutor(2) as pool:
        base, head = pool.map(profile, (sides.base, sides.head))
    return {one: (base[one], head[one]) for one in benchmarks if one in base and one in head}


def _watched(side: str, candidates: Sequence[Changed]) -> _Watched:
    if side == "base":
        return [(one.base_path, one.base.start) for one in candidates if one.base]
    return [(one.path, one.head.start) for one in candidates if one.head]


def _ask(
    bench: Workbench,
    side: Checkout,
    suite: Suite,
    benchmarks: Sequence[str],
    watched: _Watched,
    kind: type[_Kind],
    question: Callable[[Harness, str, _Watched], _Kind],
) -> dict[str, _Kind]:
    """The answer for each benchmark: kept ones, and new ones from one process."""
    if not watched:
        return {one: kind() for one in benchmarks}
    digest = (RECIPE, kind.__name__, side.variant.digest, side.environment.key, suite.runner, dict(side.env), watched)
    places = {one: key(*digest, one) for one in benchmarks}
    found = {one: known for one in benchmarks if (known := bench.store.get(places[one], kind)) is not None}
    missing = [one for one in benchmarks if one not in found]
    if missing:
        with bench.serve(side, suite, "none") as served:
            for number, one in enumerate(missing):
                bench.progress.step(f"looking into {one}", done=number, total=len(missing))
                try:
                    found[one] = question(served, one, watched)
                except MeasureError:
                    break
                if found[one].error is None:
                    bench.store.put(places[one], found[one])
    return found


def _costs(profile: Profile, candidates: Sequence[Changed], side: str) -> dict[Changed, Cost]:
    known = {(path, line): Cost(calls, codes, c_calls) for path, line, calls, codes, c_calls in profile.costs}
    found = {}
    for one in candidates:
        function, path = (one.base, one.base_path) if side == "base" else (one.head, one.path)
        found[one] = known.get((path, function.start), Cost()) if function else Cost()
    return found


def _weight(profile: Profile) -> int:
    return sum(Cost(calls, codes, c_calls).weight for _path, _line, calls, codes, c_calls in profile.costs)

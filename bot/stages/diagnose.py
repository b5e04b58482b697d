"""diagnose: profiles of both sides of each regression, laid over the diff; and what no benchmark reaches.

Partner: `bot/core/diagnose.py` decides who is a suspect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.core import diagnose as pure
from bot.core.diagnose import Changed, Cost
from bot.core.model import Plan, Suite, Suspect, Verdict
from bot.core.source import MODULE
from bot.errors import MeasureError
from bot.harness import Harness, Profile, Reach
from bot.stages.measure import RECIPE, Sides
from bot.store import key
from bot.workbench import Checkout, Workbench

MOST_PROFILED = 12
"""Regressions profiled; beyond these, the largest ones speak for the rest."""
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


def diagnose(bench: Workbench, plan: Plan, sides: Sides, verdicts: Sequence[Verdict]) -> Diagnosis:
    """Suspects for each regression, and what no benchmark reaches."""
    definition = {path for suite in (*plan.suites, *plan.head_suites) for path in suite.definition}
    everything = pure.changed_functions(plan.changes, sides.base.variant, sides.head.variant)
    candidates = [one for one in everything if one.path not in definition and not _is_test(one.path)]
    compared = [one for one in verdicts if one.ratio is not None]
    if not candidates or not compared:
        return Diagnosis()
    reached = _reached(bench, plan, sides, compared, candidates)
    missed = [one for one in candidates if one not in reached and one.name != MODULE]
    suspects, notes = _suspects(bench, plan, sides, compared, candidates)
    return Diagnosis(
        suspects,
        tuple(f"{one.path}::{one.name}" for one in missed),
        covered=not missed or any(one.name != MODULE for one in reached),
        notes=notes,
    )


def _is_test(path: str) -> bool:
    parts = path.split("/")
    return "tests" in parts[:-1] or parts[-1].startswith("test_") or parts[-1] == "conftest.py"


def _suspects(
    bench: Workbench, plan: Plan, sides: Sides, compared: Sequence[Verdict], candidates: Sequence[Changed]
) -> tuple[tuple[Suspect, ...], tuple[str, ...]]:
    regressed = sorted((one for one in compared if one.verdict == "regression"), key=lambda one: -(one.ratio or 1))
    found: list[Suspect] = []
    notes = []
    for suite in plan.suites:
        mine = [one.id for one in regressed[:MOST_PROFILED] if one.runner == suite.runner]
        for benchmark, (base, head) in _profiles(bench, sides, suite, mine, candidates).items():
            if wrong := base.error or head.error:
                notes.append(f"{benchmark} could not be profiled: {wrong}")
                continue
            before, after = _costs(base, candidates, "base"), _costs(head, candidates, "head")
            growth = _weight(head) - _weight(base)
            found += pure.suspects(benchmark, candidates, before, after, growth=growth)
    return tuple(found), tuple(notes)


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

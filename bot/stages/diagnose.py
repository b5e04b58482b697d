"""diagnose: profiles of both sides of each regression, laid over the diff.

Partner: `bot/core/diagnose.py` decides who is a suspect.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bot.core import diagnose as pure
from bot.core.diagnose import Changed, Cost
from bot.core.model import Plan, Suite, Suspect, Verdict
from bot.errors import MeasureError
from bot.harness import Profile
from bot.stages.measure import RECIPE, Sides
from bot.store import key
from bot.workbench import Checkout, Workbench

MOST_BENCHMARKS = 12
"""Regressions profiled; beyond these, the largest ones speak for the rest."""
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Suspects of every regression, and the changed functions that no profiled benchmark reached."""

    suspects: tuple[Suspect, ...]
    uncovered: tuple[str, ...]
    notes: tuple[str, ...] = ()


def diagnose(bench: Workbench, plan: Plan, sides: Sides, verdicts: Sequence[Verdict]) -> Diagnosis:
    """Suspects for each regression."""
    candidates = pure.changed_functions(plan.changes, sides.base.variant, sides.head.variant)
    definition = {path for suite in (*plan.suites, *plan.head_suites) for path in suite.definition}
    candidates = tuple(one for one in candidates if one.path not in definition and not _is_test(one.path))
    regressed = sorted((one for one in verdicts if one.verdict == "regression"), key=lambda one: -(one.ratio or 1))
    found: list[Suspect] = []
    reached: set[Changed] = set()
    for suite in plan.suites:
        mine = [one.id for one in regressed[:MOST_BENCHMARKS] if one.runner == suite.runner]
        if mine and candidates:
            for benchmark, profiles in _profiles(bench, sides, suite, mine, candidates).items():
                base, head = profiles
                before, after = _costs(base, candidates, "base"), _costs(head, candidates, "head")
                reached |= {one for one in candidates if before[one].calls or after[one].calls}
                growth = _weight(head) - _weight(base)
                found += pure.suspects(benchmark, candidates, before, after, growth=growth)
    uncovered = tuple(f"{one.path}::{one.name}" for one in candidates if one not in reached) if regressed else ()
    return Diagnosis(tuple(found), uncovered)


def _is_test(path: str) -> bool:
    parts = path.split("/")
    return "tests" in parts[:-1] or parts[-1].startswith("test_") or parts[-1] == "conftest.py"


def _profiles(
    bench: Workbench, sides: Sides, suite: Suite, benchmarks: Sequence[str], candidates: Sequence[Changed]
) -> dict[str, tuple[Profile, Profile]]:
    def profile(side: Checkout) -> dict[str, Profile]:
        return _profile_side(bench, side, suite, benchmarks, _watched(side.side, candidates))

    with ThreadPoolExecutor(2) as pool:
        base, head = pool.map(profile, (sides.base, sides.head))
    return {one: (base[one], head[one]) for one in benchmarks if not (base[one].error or head[one].error)}


def _watched(side: str, candidates: Sequence[Changed]) -> list[tuple[str, int]]:
    if side == "base":
        return [(one.base_path, one.base.start) for one in candidates if one.base]
    return [(one.path, one.head.start) for one in candidates if one.head]


def _profile_side(
    bench: Workbench, side: Checkout, suite: Suite, benchmarks: Sequence[str], watched: list[tuple[str, int]]
) -> dict[str, Profile]:
    digest = (RECIPE, "profile", side.variant.digest, side.environment.key, suite.runner, dict(side.env), watched)
    places = {one: key(*digest, one) for one in benchmarks}
    found = {one: known for one in benchmarks if (known := bench.store.get(places[one], Profile)) is not None}
    missing = [one for one in benchmarks if one not in found]
    if not missing:
        return found
    with bench.serve(side, suite, "none") as served:
        for one in missing:
            bench.progress.step(f"profiling {one}")
            try:
                found[one] = served.profile(one, watched, _TIMEOUT_S)
            except MeasureError as error:
                return {**{other: Profile(error=str(error)) for other in missing}, **found}
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

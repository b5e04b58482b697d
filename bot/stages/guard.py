"""fix, once more: a partial revert that does something else for some calls is tried for the others alone.

Partners: `bot/core/guards.py` writes them, `bot/stages/verify.py` judges each until one passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.core import guards
from bot.core.changed import Changed
from bot.core.guards import Shape
from bot.core.model import PARTIAL_REVERT, Fix, Plan
from bot.core.patch import make_patch
from bot.core.unshown import unshown
from bot.errors import MeasureError
from bot.git import Variant
from bot.stages import behave
from bot.stages.diagnose import Diagnosis
from bot.stages.fix import Candidate, distinct
from bot.stages.meter import Meter, Sides
from bot.stages.recording import Recorder
from bot.stages.testing import Tests

Shapes = Callable[[Candidate], Mapping[str, Mapping[str, Shape]]]
"""What the recorded calls of the functions of a candidate have alike."""


def guarded(
    meter: Meter, plan: Plan, sides: Sides, diagnosis: Diagnosis, fixes: Sequence[Fix], candidates: Sequence[Candidate]
) -> Iterator[tuple[Candidate, ...]]:
    """For each cause that no verified fix answers and of which a partial revert does something else: guarded ones.

    One of them is enough. Only where the changes of one function are to blame.
    """

    def shapes(candidate: Candidate) -> Mapping[str, Mapping[str, Shape]]:
        recorder = Recorder(meter.bench, plan, sides, meter, Tests(meter), [candidate])
        try:
            return behave.shapes(meter.bench, plan, sides, recorder, candidate)
        except MeasureError:
            return {}  # what the calls have alike is a hint: conditions that need none of it are still tried

    found = offered(diagnosis, fixes, candidates, sides.base.variant, sides.own.variant, shapes)
    while not meter.out_of_time and (alike := next(found, None)):
        yield alike


def offered(
    diagnosis: Diagnosis, fixes: Sequence[Fix], candidates: Sequence[Candidate], base: Variant, head: Variant,
    shapes: Shapes,
) -> Iterator[tuple[Candidate, ...]]:  # fmt: skip
    """The same, of what the recorded calls have alike."""
    helped = {fix.benchmark for fix in fixes if fix.status == "verified"}
    known = {one.fix.patch: one for one in candidates}
    for benchmark, cause in distinct(diagnosis):
        guilty = list(dict.fromkeys(cut.changed for cut in cause.cuts))
        tried = ((known[fix.patch], fix) for fix in fixes if fix.patch in known)
        refused = next((one for one, fix in tried if _is_refused(fix, benchmark, one.files, head)), None)
        if refused is None or benchmark in helped or len(guilty) != 1:
            continue
        alike = shapes(refused).get(guilty[0].name, {})
        if found := tuple(_guarded(benchmark, guilty[0], base, head, alike)):
            yield found


def _is_refused(fix: Fix, benchmark: str, files: Mapping[str, str], head: Variant) -> bool:
    """Whether a partial revert does something else: by a call, by a test, or by what it takes where both were asked."""
    if fix.rule != PARTIAL_REVERT or fix.benchmark != benchmark or fix.status == "verified":
        return False
    differs = fix.compared is not None and fix.compared.difference is not None
    breaks = fix.tests is not None and bool(fix.tests.broken)
    if differs or breaks:
        return True
    looked_at = fix.compared is not None and fix.tests is not None
    return looked_at and any(unshown(head.text(path) or "", text) for path, text in files.items())


def _guarded(
    benchmark: str, one: Changed, base: Variant, head: Variant, shapes: Mapping[str, Shape]
) -> Iterator[Candidate]:
    before, after = base.text(one.base_path), head.text(one.path)
    if before is None or after is None:
        return
    for guard in guards.guarded(before, after, one, shapes):
        fix = Fix(
            PARTIAL_REVERT, one.path, one.name, make_patch(one.path, after, guard.source), "unverified", benchmark,
            note=f"takes base's way in {one.name} where `{guard.condition}`, and stays with head's for all other calls",
        )  # fmt: skip
        yield Candidate(fix, {one.path: guard.source}, None)

"""verify: a candidate passes when it is faster, breaks no test, and does the same for all that was recorded and varied.

The quick questions come first, so that most wrong candidates cost little. Partners: `bot/stages/testing.py` runs the
tests, `bot/stages/behave.py` compares behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from bot.core import ranking, reasons, verdict
from bot.core.changed import is_test
from bot.core.claims import SUSPICIOUS
from bot.core.config import Config
from bot.core.model import PARTIAL_REVERT, RESTORED_DECORATOR, Fix, Plan, Suite, Verdict
from bot.core.text import several
from bot.errors import MeasureError
from bot.git import Variant
from bot.harness import alike
from bot.stages import behave, claims, counting
from bot.stages.behave import Judgement
from bot.stages.counting import Measured
from bot.stages.fix import Candidate
from bot.stages.meter import Meter, Sides
from bot.stages.prepare import Preparer
from bot.stages.recording import Recorder
from bot.stages.testing import Selection, Tests, together
from bot.workbench import Checkout, Workbench

MOST_OTHERS = 20
"""Further benchmarks that are counted with the fix."""
MOST_PAID = 0.1
"""What others may lose together where changes are taken back, for each part that the regressed benchmark wins."""
_TAKEN_BACK = (PARTIAL_REVERT, RESTORED_DECORATOR)
"""No code proves these: tests and compared calls have to."""
NOT_BEGUN = "the budget was spent before it was verified"
_SPENT = "the budget was spent while it was verified"
_MOST_FIRST = 200
"""Tests that call what is changed; with more of them a quick run would not be one."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What every question about a candidate needs."""

    bench: Workbench
    plan: Plan
    sides: Sides
    config: Config
    verdicts: Sequence[Verdict]
    meter: Meter
    tests: Tests
    recorder: Recorder
    prepare: Callable[[Variant], Checkout]


@dataclass(frozen=True, slots=True)
class Laid:
    """One candidate, laid over head with base's benchmark files (for measuring) and over head as it is."""

    candidate: Candidate
    patched: Checkout
    own: Checkout


class Refused(Exception):  # noqa: N818  # it ends the questions, it is no error
    """A candidate does not pass; `fix` says so, with the reason and what is known."""

    def __init__(self, fix: Fix, reason: str, *, unverified: bool = False) -> None:
        self.fix = replace(fix, status="unverified" if unverified else "rejected", reason=reason)


def verify(
    meter: Meter, plan: Plan, sides: Sides, preparer: Preparer,
    verdicts: Sequence[Verdict], candidates: Sequence[Candidate], *, one_is_enough: bool = False,
) -> tuple[Fix, ...]:  # fmt: skip
    """Judge every candidate, or up to the first that is verified where they are ways to the same end.

    A rejected one stays in the list, with its reason.
    """
    bench, config, tests = meter.bench, meter.config, Tests(meter)
    recorder = Recorder(bench, plan, sides, meter, tests, candidates)

    def prepare(variant: Variant) -> Checkout:
        return preparer.checkout("head", variant, sides.head.environment)

    exam = Examination(bench, plan, sides, config, verdicts, meter, tests, recorder, prepare)
    fixes = []
    for number, candidate in enumerate(candidates):
        bench.progress.step(f"verifying {candidate.fix.rule}", done=number, total=len(candidates))
        fixes.append(_verify_one(exam, candidate))
        if one_is_enough and fixes[-1].status == "verified":
            break
    return ranking.ordered(fixes)


def _verify_one(exam: Examination, candidate: Candidate) -> Fix:
    if exam.meter.out_of_time:
        return replace(candidate.fix, status="unverified", reason=NOT_BEGUN)
    fix = candidate.fix
    try:
        laid = _laid(exam, candidate)
        fix = _faster(exam, laid, fix) if fix.benchmark else fix
        fix = _covering_tests(exam, laid, fix)
        judgement = behave.judge(exam.bench, exam.plan, exam.sides, exam.recorder, candidate, laid.own)
        fix = replace(fix, compared=judgement.compared)
        if judgement.different:
            raise Refused(fix, f"does not do the same: {judgement.compared.difference}")
        fix = fix if fix.benchmark else _faster_on_recorded_calls(exam, laid, fix)
        fix, price = _no_other_slower(exam, laid, fix)
        fix = _all_tests(exam, laid, fix)
        _counted_outside(exam, laid, fix)
        return _word(exam, candidate, fix, judgement, price)
    except Refused as refused:
        return refused.fix
    except MeasureError as error:
        return replace(fix, status="unverified", reason=f"it could not be verified: {error}")


def _laid(exam: Examination, candidate: Candidate) -> Laid:
    """Raises MeasureError where it does not build: with compiled modules, each candidate is built."""
    files = {path: text.encode() for path, text in candidate.files.items()}
    head, own = (
        Variant(one.tree, {**one.replaced, **files}) for one in (exam.sides.head.variant, exam.sides.own.variant)
    )
    return Laid(candidate, exam.prepare(head), exam.prepare(own))


def _word(exam: Examination, candidate: Candidate, fix: Fix, judgement: Judgement, price: str | None = None) -> Fix:
    """Verified where the code alone, the compared behaviour or the configuration vouches for it."""
    if judgement.held and not exam.config.rules.unsafe:
        raise Refused(fix, f"{judgement.held}: review it, or set `rules: {{unsafe: true}}`", unverified=True)
    why = judgement.compared.reason or "its behaviour could not be compared"
    if fix.rule in _TAKEN_BACK and not (judgement.compared.calls or exam.recorder.covering(candidate)):
        raise Refused(fix, f"no test calls what it takes back, and {why}: review it", unverified=True)
    if candidate.doubt is None or judgement.enough or exam.config.rules.unsafe:
        caution = why if fix.rule in _TAKEN_BACK and not judgement.enough else None
        return replace(
            fix, status="verified", reason="; ".join(filter(None, (candidate.doubt or caution, price))) or None
        )
    raise Refused(
        fix, f"not proven safe ({candidate.doubt}), and {why}: review it, or set `rules: {{unsafe: true}}`",
        unverified=True,
    )  # fmt: skip


def _suite(exam: Examination, benchmark: str) -> Suite:
    runner = next(one.runner for one in exam.verdicts if one.id == benchmark)
    return next(suite for suite in exam.plan.suites if suite.runner == runner)


def _faster(exam: Examination, laid: Laid, fix: Fix) -> Fix:
    """The fix with its ratio, fixed over head."""
    benchmark = fix.benchmark or ""
    suite = _suite(exam, benchmark)
    answer = _counted(exam, fix, (exam.sides.head, suite), (laid.patched, suite), benchmark)
    mine = (one for one in exam.verdicts if one.id == benchmark and one.metric == "instructions")
    regression = next((one.ratio for one in mine), None)
    known = replace(
        fix, ratio=answer.ratio, interval=answer.interval, won_back=ranking.won_back(regression, answer.ratio)
    )
    if answer.verdict != "improvement":
        raise Refused(known, "not measurably faster on the regressed benchmark")
    return known


def _faster_on_recorded_calls(exam: Examination, laid: Laid, fix: Fix) -> Fix:
    """As `_faster`, where no benchmark reaches what is changed: its recorded calls are the benchmark."""
    recorded = behave.as_benchmark(exam.plan, exam.sides, exam.recorder, laid.candidate, laid.own)
    if recorded is None:
        why = fix.compared.reason if fix.compared else None
        raise Refused(fix, f"no benchmark reaches it, and {why or 'no call was recorded'}", unverified=True)
    answer = _counted(exam, fix, recorded.before, recorded.after, recorded.name)
    known = replace(fix, benchmark=recorded.name, ratio=answer.ratio, interval=answer.interval)
    if answer.verdict != "improvement":
        raise Refused(known, "not measurably faster on its recorded calls")
    return known


def _counted(
    exam: Examination, fix: Fix, before: Measured, after: Measured, benchmark: str, threshold: float = 0.0
) -> Verdict:
    samples = counting.compared(exam.meter, before, after, benchmark, threshold)
    errors = (samples.head_error, samples.base_error, samples.lacking)
    if reasons.SPENT in errors:
        raise Refused(fix, _SPENT, unverified=True)
    if wrong := next(filter(None, errors), None):
        raise Refused(fix, f"the benchmark fails with it: {wrong}")
    return verdict.decide(samples, threshold)


def _no_other_slower(exam: Examination, laid: Laid, fix: Fix) -> tuple[Fix, str | None]:
    """Nobody gains who makes another benchmark slower; the fix, and what others pay for one that takes changes back."""
    others = [one for one in _others(exam, laid) if one[1] != fix.benchmark]
    counted, slower = others[:MOST_OTHERS], list[Verdict]()
    for suite in exam.plan.suites:
        for answer in _slower(exam, laid, fix, suite, [name for runner, name in counted if runner == suite.runner]):
            slower.append(answer)
            if not _is_worth(exam, laid, fix, suite, slower):
                raise Refused(fix, f"makes another benchmark slower: {_grown(answer)}")
    paid = f"it costs {', '.join(map(_grown, slower))}, which is no slower than base" if slower else None
    return replace(fix, uncounted=len(others) - len(counted)), paid


def _is_worth(exam: Examination, laid: Laid, fix: Fix, suite: Suite, slower: Sequence[Verdict]) -> bool:
    """Does a fix that takes changes back win ten times what others lose, the last of which base has as slow?

    What base kept in a cache it also had to fill: those who wrote it paid that, and head gave it back with the gain.
    """
    one, base = slower[-1].id, exam.sides.base
    known = {verdict.id for verdict in exam.verdicts if verdict.base is not None}
    lost = sum((answer.ratio or 1.0) - 1.0 for answer in slower)
    if fix.rule not in _TAKEN_BACK or one not in known or lost > MOST_PAID * (1.0 - (fix.ratio or 1.0)):
        return False
    limit = exam.config.threshold_for(one)
    return _counted(exam, fix, (base, suite), (laid.patched, suite), one, threshold=limit).verdict != "regression"


def _grown(answer: Verdict) -> str:
    return f"{answer.id} ({(answer.ratio or 1.0) - 1.0:+.1%})"


def _others(exam: Examination, laid: Laid) -> list[tuple[str, str]]:
    """Benchmarks by runner: those that call what is changed, then those that head changes, then the shortest.

    A call does not show all that a fix may change for it: what it works on was made before.
    """
    reaching = [(one.suite.runner, one.benchmark) for one in exam.recorder.reaching(laid.candidate)]
    counted = [one for one in exam.verdicts if one.metric == "instructions" and one.head is not None]
    counted.sort(key=lambda one: (one.verdict not in verdict.CHANGES, one.head))
    return list(dict.fromkeys([*reaching, *((one.runner, one.id) for one in counted)]))


def _slower(exam: Examination, laid: Laid, fix: Fix, suite: Suite, benchmarks: Sequence[str]) -> Iterator[Verdict]:
    """Those of some benchmarks that a fix makes slower than they are at head."""
    head, patched = exam.sides.head, laid.patched
    with ThreadPoolExecutor(2) as pool:
        before, after = pool.map(lambda side: exam.meter.counts(side, suite, benchmarks, seed=0), (head, patched))
    for one in benchmarks:
        limit, both = exam.config.threshold_for(one), alike(before[one], after[one])
        if reasons.SPENT in (before[one].error, after[one].error):
            raise Refused(fix, _SPENT, unverified=True)
        if before[one].error or (both and both[1] <= both[0] * (1 + limit)):
            continue
        answer = _counted(exam, fix, (head, suite), (patched, suite), one, threshold=limit)
        if answer.verdict == "regression":
            yield answer


def _counted_outside(exam: Examination, laid: Laid, fix: Fix) -> None:
    """The gain on a benchmark of the repository is believed when the processor time outside agrees with it."""
    if laid.candidate.fix.benchmark is None:
        return
    suite = _suite(exam, laid.candidate.fix.benchmark)
    if why := claims.doubt_of_fix(exam.bench, exam.sides.head, laid.patched, suite, exam.config, fix):
        raise Refused(fix, f"{SUSPICIOUS}{why}")


def _covering_tests(exam: Examination, laid: Laid, fix: Fix) -> Fix:
    """The tests that call what is changed: a quick no before the long run."""
    covering = exam.recorder.covering(laid.candidate)
    if not covering or len(covering) > _MOST_FIRST:
        return fix
    return _tested(exam, fix, exam.sides.own, laid.own, Selection(only=covering))


def _all_tests(exam: Examination, laid: Laid, fix: Fix) -> Fix:
    """The tests of head, and those of base that head has changed or taken away."""
    fix = _tested(exam, fix, exam.sides.own, laid.own, Selection())
    base = exam.sides.base.variant
    changed = {change.old_path for change in exam.plan.changes if change.status != "added" and is_test(change.old_path)}
    older = {path: data for path in sorted(changed) if (data := base.data(path)) is not None}
    files = tuple(path for path in older if path.rpartition("/")[2] != "conftest.py" and path.endswith(".py"))
    if not files or exam.tests.arguments is None:
        return fix
    before, after = (_with(one, older) for one in (exam.sides.own, laid.own))
    known = fix.tests
    fix = _tested(exam, fix, before, after, Selection(files=files), needed=False)
    return fix if known is None or fix.tests is None else replace(fix, tests=together(known, fix.tests))


def _with(checkout: Checkout, files: Mapping[str, bytes]) -> Checkout:
    return replace(checkout, variant=Variant(checkout.variant.tree, {**checkout.variant.replaced, **files}))


def _tested(
    exam: Examination, fix: Fix, before: Checkout, after: Checkout, selection: Selection, *, needed: bool = True
) -> Fix:
    try:
        tests = exam.tests.compared(before, after, selection)
    except MeasureError as error:
        raise Refused(fix, f"the tests could not be run: {error}", unverified=True) from None
    known = replace(fix, tests=tests)
    if tests.broken:
        raise Refused(known, f"breaks {several(len(tests.broken), 'test')}: {tests.broken[0]}")
    if needed and not tests.before:
        raise Refused(known, "no test of the repository passes before the fix", unverified=True)
    return known

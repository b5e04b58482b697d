"""verify: a candidate is kept only if the tests pass as before and the regressed benchmark is measurably faster.

Partner: `bot/inside/outcomes.py` runs the tests in the sandbox.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from bot import sandbox
from bot.core import verdict
from bot.core.claims import SUSPICIOUS
from bot.core.config import Config
from bot.core.model import Fix, Plan, Samples, Suite, TestCount, Verdict
from bot.errors import MeasureError
from bot.git import Variant
from bot.sandbox import Limits
from bot.sandbox.process import Finished
from bot.stages import claims
from bot.stages.fix import Candidate
from bot.stages.meter import RECIPE, Meter, Sides
from bot.stages.prepare import Preparer
from bot.store import key
from bot.workbench import Checkout, Workbench

Prepare = Callable[[Variant], Checkout]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How each test ended; `passed`, `failed` or `skipped`."""

    outcomes: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    status: int = 0

    @property
    def passed(self) -> frozenset[str]:
        """The tests that passed."""
        return frozenset(test for test, outcome in self.outcomes.items() if outcome == "passed")


def verify(
    bench: Workbench, plan: Plan, sides: Sides, config: Config, preparer: Preparer,
    verdicts: Sequence[Verdict], candidates: Sequence[Candidate],
) -> tuple[Fix, ...]:  # fmt: skip
    """Judge every candidate; a rejected one stays in the list, with its reason."""
    fixes = []
    runner = {one.id: one.runner for one in verdicts}
    meter = Meter(bench, config, "instructions")

    def prepare(variant: Variant) -> Checkout:
        return preparer.checkout("head", variant, sides.head.environment)

    for number, candidate in enumerate(candidates):
        bench.progress.step(f"verifying {candidate.fix.rule}", done=number, total=len(candidates))
        suite = next(suite for suite in plan.suites if suite.runner == runner[candidate.fix.benchmark or ""])
        fixes.append(_verify_one(bench, sides, config, candidate, prepare, meter, suite))
    return tuple(sorted(fixes, key=lambda fix: (fix.status != "verified", fix.ratio or 1.0, len(fix.patch))))


def _verify_one(
    bench: Workbench, sides: Sides, config: Config, candidate: Candidate, prepare: Prepare, meter: Meter, suite: Suite
) -> Fix:
    files = {path: text.encode() for path, text in candidate.files.items()}
    definitions = sides.head.variant.replaced
    patched = prepare(Variant(sides.head.variant.tree, {**definitions, **files}))
    fix = _measured(candidate.fix, sides.head, patched, meter, suite)
    if fix.reason is not None:
        return fix
    own = prepare(Variant(sides.own.variant.tree, {**sides.own.variant.replaced, **files}))
    fix = _tested(bench, config, fix, sides.own, own)
    if fix.reason is not None:
        return fix
    if why := claims.doubt_of_fix(bench, sides.head, patched, suite, config, fix):
        return replace(fix, status="rejected", reason=f"{SUSPICIOUS}{why}")
    if candidate.doubt is None or config.rules.unsafe:
        return replace(fix, status="verified", reason=candidate.doubt)
    return replace(fix, reason=f"not proven safe ({candidate.doubt}): review it, or set `rules: {{unsafe: true}}`")


def _measured(fix: Fix, head: Checkout, patched: Checkout, meter: Meter, suite: Suite) -> Fix:
    """The fix with its ratio, fixed over head; with a reason when it is not shown to be faster."""
    benchmark = fix.benchmark or ""
    pairs = []
    for seed in (0, *verdict.RECOUNT_SEEDS):
        before = meter.counts(head, suite, [benchmark], seed=seed)[benchmark]
        after = meter.counts(patched, suite, [benchmark], seed=seed)[benchmark]
        if before.instructions is None or after.instructions is None:
            return replace(fix, status="rejected", reason=f"the benchmark fails with it: {after.error or before.error}")
        pairs.append((before.instructions, after.instructions))
    samples = Samples(benchmark, suite.runner, "instructions", tuple(b for b, _ in pairs), tuple(a for _, a in pairs))
    answer = verdict.decide(samples, 0.0)
    known = replace(fix, ratio=answer.ratio, interval=answer.interval)
    if answer.verdict != "improvement":
        return replace(known, status="rejected", reason="not measurably faster on the regressed benchmark")
    return known


def _tested(bench: Workbench, config: Config, fix: Fix, before: Checkout, after: Checkout) -> Fix:
    try:
        known = _outcomes(bench, config, before)
        fixed = _outcomes(bench, config, after)
        broken = known.passed - fixed.passed
        if broken:  # once more, so that a flaky test does not reject a good fix
            broken &= known.passed - _outcomes(bench, config, after, again=True).passed
    except MeasureError as error:
        return replace(fix, status="unverified", reason=f"the tests could not be run: {error}")
    failed = sum(outcome == "failed" for outcome in fixed.outcomes.values())
    tests = TestCount(len(fixed.passed), failed, tuple(sorted(broken))[:20])
    if not known.passed:
        return replace(fix, status="unverified", tests=tests, reason="no test of the repository passes before the fix")
    if broken:
        return replace(fix, status="rejected", tests=tests, reason=f"breaks {len(broken)} tests: {tests.broken[0]}")
    return replace(fix, tests=tests)


def _outcomes(bench: Workbench, config: Config, checkout: Checkout, *, again: bool = False) -> Outcomes:
    place = key(
        RECIPE, "tests", checkout.variant.digest, checkout.environment.key, config.tests, dict(checkout.env), again
    )
    known = bench.store.get(place, Outcomes)
    if known is None:
        known = _run_tests(bench, config, checkout)
        bench.store.put(place, known)
    return known


def _run_tests(bench: Workbench, config: Config, checkout: Checkout) -> Outcomes:
    bench.progress.step("running the tests")
    limits = Limits(wall_s=float(max(120, config.budget_s)))
    arguments = _pytest_arguments(config.tests)
    if arguments is None:
        assert config.tests is not None
        finished = _run(bench, checkout, ("/bin/sh", "-c", f"( {config.tests} ) >&2"), limits)
        return Outcomes({config.tests: "passed" if finished.status == 0 else "failed"}, status=finished.status)
    argv = ("python", f"{sandbox.HARNESS}/outcomes.py", sandbox.REPOSITORY, *arguments)
    finished = _run(bench, checkout, argv, limits)
    try:
        return msgspec.json.decode(finished.output.encode(), type=Outcomes)
    except msgspec.DecodeError:
        raise MeasureError("pytest ended without an answer", detail=finished.errors) from None


def _run(bench: Workbench, checkout: Checkout, argv: tuple[str, ...], limits: Limits) -> Finished:
    finished = bench.start(bench.command(checkout, argv, limits=limits)).finish()
    if finished.stopped:
        raise MeasureError(finished.stopped, detail=finished.errors)
    return finished


def _pytest_arguments(command: str | None) -> list[str] | None:
    """The arguments of a pytest command line; None where the tests are run by something else."""
    if command is None:
        return []
    words = shlex.split(command)
    for start in (["pytest"], ["py.test"], ["python", "-m", "pytest"], ["python3", "-m", "pytest"]):
        if words[: len(start)] == start and not any(word in (";", "&&", "|", "||") for word in words):
            return words[len(start) :]
    return None

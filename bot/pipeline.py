"""The path from plan to report, one function a stage: read this file to know what Perfwright does.

    plan -> measure -> verdict -> diagnose -> fix -> verify -> report

What is slow is kept in the store by content as soon as it is known, so that a killed check goes on where it stopped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import machine
from bot.core import claims, ranking
from bot.core.bisect import Answer, Found, search
from bot.core.config import Config
from bot.core.model import Fix, Gate, Known, Opportunity, Plan, Report, Swept, Verdict
from bot.core.text import plain, several
from bot.errors import MeasureError, NothingRunsError, UserError
from bot.git import Variant
from bot.stages import bisect as bisecting
from bot.stages import choose as choosing
from bot.stages import claims as claiming
from bot.stages import diagnose as diagnosing
from bot.stages import fix as fixing
from bot.stages import guard as guarding
from bot.stages import imports as importing
from bot.stages import measure as measuring
from bot.stages import plan as planning
from bot.stages import sweep as sweeping
from bot.stages import verdict as judging
from bot.stages import verify as verifying
from bot.stages.diagnose import Diagnosis
from bot.stages.fix import Candidate
from bot.stages.imports import Imported
from bot.stages.measure import Measurement
from bot.stages.meter import Meter, Sides
from bot.stages.prepare import Preparer
from bot.store import key
from bot.workbench import Workbench

MEASURING, EXPLAINING = 0.6, 0.8
"""The shares of the budget that are spent when measuring ends, and when explaining does; verifying has the rest."""
_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Request:
    """What a person or a job asks for."""

    base: str
    head: str
    config: Config | None = None
    """Stands in for the configuration in the base revision."""
    metric: Gate | None = None
    """None takes the best one that this machine can measure."""
    select: str | None = None
    """A regular expression: only benchmarks whose id it finds are measured."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check under way: what the stages after `plan` need to know."""

    bench: Workbench
    plan: Plan
    config: Config
    metric: Gate
    sides: Sides
    preparer: Preparer
    select: str | None
    began: float
    """When the environments were ready, on the workbench's clock: the budget is counted from here."""

    def meter(self, share: float = 1.0, select: str | None = None) -> Meter:
        """A meter for a stage that has to end when this share of the budget is spent."""
        deadline = self.began + share * self.config.budget_s
        return Meter(self.bench, self.config, self.metric, select, deadline=deadline)


def check(bench: Workbench, request: Request) -> Report:
    """The main job: walk the whole path for one pair of revisions."""
    began = bench.clock()
    run = key("run", bench.repository.identity, request)

    job = plan(bench, request)
    bench.store.reached(run, "plan")

    job, measurement = measured(job)
    imported = imports(job)
    bench.store.reached(run, "measure")

    bench.progress.stage("verdict")
    verdicts, doubts = believed(job, verdict(job, measurement))
    bench.store.reached(run, "verdict")

    bench.progress.stage("diagnose")
    diagnosis = diagnose(job, verdicts)
    verdicts = tuple(replace(one, reason=diagnosis.reason(one)) for one in verdicts)
    bench.store.reached(run, "diagnose")

    bench.progress.stage("fix")
    candidates, untried = fix(job, diagnosis)
    bench.store.reached(run, "fix")

    bench.progress.stage("verify")
    fixes = verify(job, verdicts, candidates)
    fixes += verify(job, verdicts, fixing.combined(fixes, job.sides.own.variant))
    for alike in guarding.guarded(job.meter(), job.plan, job.sides, diagnosis, fixes, candidates):
        fixes += verify(job, verdicts, alike, one_is_enough=True)
    fixes += verify(job, verdicts, fixing.parts(diagnosis, fixes, job.sides.base.variant, job.sides.own.variant))
    bench.store.reached(run, "verify")

    bench.progress.stage("report")
    notes = (*judging.left_out(verdicts, measurement), *measurement.notes, *imported.notes, *doubts, *untried)
    measurement, seconds = replace(measurement, notes=notes), bench.clock() - began
    return report(job, measurement, imported, verdicts, diagnosis, fixes, seconds=seconds)


def bisect(bench: Workbench, request: Request, benchmark: str) -> Found:
    """The first commit behind base that made a benchmark slower by more than half of what head has lost."""
    commits = bench.repository.between(request.base, request.head)
    request = replace(request, select=f"^{re.escape(benchmark)}$")
    if not commits:
        return Found((), 0)
    job = plan(bench, request)
    job = replace(job, plan=bisecting.narrowed(job.plan, job.sides.base, job.meter(), benchmark))
    last = _judged_at_head(job, benchmark)
    ratios = {commits[-1]: last.ratio or 1.0}
    if last.verdict != "regression":
        return Found((), 1, ratios=ratios)
    slow = math.sqrt(ratios[commits[-1]])

    def ask(sha: str, times: int) -> Answer:
        bench.progress.stage(f"bisect {sha[:10]}")
        try:
            probe = _at(job, sha)
            ratio = bisecting.ratio(probe.sides, probe.plan.suites, probe.meter(), last, times)
        except (MeasureError, UserError):  # what one commit declares may be no good, and says nothing of the others
            return "skip"
        if ratio is None:
            return "skip"
        ratios[sha] = ratio
        return "bad" if ratio > slow else "good"

    found = search(commits, ask)
    return replace(found, probes=found.probes + 1, ratios=ratios)


def _at(job: Check, sha: str) -> Check:
    """The same check of another head, which is asked about the same: nothing is chosen for it."""
    planned, _ = planning.plan(job.bench.repository, job.plan.revisions.base_sha, sha, job.config)
    planned = replace(planned, suites=job.plan.suites)
    preparer = job.preparer.of(planned)
    return replace(job, plan=planned, sides=preparer.sides(), preparer=preparer, began=job.bench.clock())


def _judged_at_head(job: Check, benchmark: str) -> Verdict:
    last = next((one for one in verdict(job, measure(job)) if one.id == benchmark), None)
    if last is None or last.verdict in ("failed", "removed"):
        why = last.reason if last and last.verdict == "failed" else "head does not have it"
        raise MeasureError(f"{benchmark} cannot be measured: {why}")
    if last.verdict == "inconclusive":
        raise MeasureError(f"whether head is slower in {benchmark} cannot be told: {last.reason}")
    return last


def sweep(
    bench: Workbench, request: Request, only: Sequence[str] = (), *, judge: bool = False, known: Known = _NOTHING
) -> Swept:
    """Opportunities in the whole of `request.head`, ranked; with `judge`, the most promising ones are verified."""
    began = bench.clock()
    bench.progress.stage("sweep")
    sha = bench.repository.commit(request.head)
    config = request.config or planning.read_config(bench.repository, sha)
    tree = Variant(bench.repository.tree(sha), {})
    found, files, notes = sweeping.find(bench, tree, config, only)
    described, tried = None, tuple[str, ...]()
    if judge and found:
        job = plan(bench, replace(request, base=sha, head=sha, config=config))
        found, tried, unranked = _judged(job, found, known)
        notes += unranked
        described = machine.describe(bench.driver.NAME, job.sides.head.environment.interpreter.version)
    seconds = round(bench.clock() - began, 1)
    return Swept(sha, files, seconds, found, machine.best_metric(), described, notes, tried)


def together(bench: Workbench, swept: Swept, only: Sequence[str] = ()) -> tuple[sweeping.Together, ...]:
    """One patch a file for the safe and the verified rewrites of a sweep."""
    chosen = [one for one in swept.opportunities if one.fix.status == "verified" or one.level == "safe"]
    config = planning.read_config(bench.repository, swept.rev_sha)
    return tuple(sweeping.together(Variant(bench.repository.tree(swept.rev_sha), {}), config, only, chosen))


def _judged(
    job: Check, found: Sequence[Opportunity], known: Known
) -> tuple[tuple[Opportunity, ...], tuple[str, ...], tuple[str, ...]]:
    """Ranked, and the best ones with their verdict; the keys of those whose verification has begun; and notes."""
    bench, config, meter = job.bench, job.config, job.meter(MEASURING)
    ranked, notes = sweeping.rank(job.sides, job.plan.suites, meter, found)
    chosen = sweeping.promising(ranked, job.sides.head.environment.interpreter.version, known)
    if job.metric != "instructions" or not chosen:
        return ranked, (), notes
    bench.progress.stage("verify")
    listed = {one: suite.runner for suite in job.plan.suites for one in meter.listing(job.sides.head, suite).benchmarks}
    verdicts = [Verdict(name, "no change", runner=runner) for name, runner in listed.items()]
    candidates = [sweeping.candidate(one, job.sides.own.variant) for one in chosen]
    fixes = {(fix.rule, fix.patch): _worth_it(fix, config) for fix in verify(job, verdicts, candidates)}
    judged = tuple(replace(one, fix=fixes.get((one.fix.rule, one.fix.patch), one.fix)) for one in ranked)
    begun = {key for key, fix in fixes.items() if fix.reason != verifying.NOT_BEGUN}
    return judged, tuple(one.key for one in chosen if (one.fix.rule, one.fix.patch) in begun), notes


def _worth_it(fix: Fix, config: Config) -> Fix:
    """Nobody has asked for an unsolicited change: one that gains less than the threshold is not proposed."""
    if fix.status != "verified" or (fix.ratio or 1.0) <= 1 - config.threshold_for(fix.benchmark or ""):
        return fix
    return replace(fix, status="rejected", reason="gains less than the threshold on its benchmark")


def plan(bench: Workbench, request: Request) -> Check:
    """Revisions, diff, configuration, suites and environments."""
    bench.progress.stage("plan")
    planned, config = planning.plan(bench.repository, request.base, request.head, request.config)
    bench.progress.stage("measure")  # building the environments is a part of it that takes time
    preparer = Preparer(bench, planned, config)
    job = Check(bench, planned, config, _metric(request), preparer.sides(), preparer, request.select, bench.clock())
    try:
        return _chosen(job)
    except NothingRunsError as error:
        try:
            return _chosen(_aged(job))
        except MeasureError:
            raise error from None


def _metric(request: Request) -> Gate:
    """What decides: where valgrind is missing, the processor may count instructions as well."""
    best = machine.best_metric()
    if request.metric is None or (request.metric == "instructions" and best == "processor instructions"):
        return best
    if request.metric not in machine.metrics():
        mend = "install valgrind, or use" if request.metric == "instructions" else "see `perfwright doctor`, or use"
        raise UserError(f"{request.metric} cannot be counted here: {mend} --metric 'cpu time'")
    return request.metric


def _chosen(job: Check) -> Check:
    """With the tests that stand in for benchmarks, where there are none."""
    return replace(job, plan=choosing.choose(job.bench, job.plan, job.sides, job.config))


def _aged(job: Check) -> Check:
    """With the packages of the time of the commit; what has been spent stays spent, preparing has no part in it."""
    clock = job.bench.clock
    preparer, spent_s = Preparer(job.bench, job.plan, job.config, aged=True), clock() - job.began
    return replace(job, sides=preparer.sides(), preparer=preparer, began=clock() - spent_s)


def measured(job: Check) -> tuple[Check, Measurement]:
    """Measured with today's packages; where no benchmark runs with them, with those of the time of the commit."""
    try:
        measurement = measure(job)
    except NothingRunsError:
        again = _measured_aged(job)
        if again is None:
            raise
        return again
    again = _measured_aged(job) if measuring.fails_everywhere(measurement) else None
    return again or (job, measurement)


def _measured_aged(job: Check) -> tuple[Check, Measurement] | None:
    """None where older packages do not install, or make no difference."""
    try:
        aged = _aged(job)
        measurement = measure(aged)
    except MeasureError:
        return None
    return None if measuring.fails_everywhere(measurement) else (aged, measurement)


def measure(job: Check) -> Measurement:
    """Base and head, interleaved, in the sandbox."""
    measurement = measuring.measure(job.meter(MEASURING, job.select), job.plan, job.sides)
    if not any((measurement.samples, measurement.further, measurement.added, measurement.removed)):
        if job.select is not None and not measurement.notes:
            raise MeasureError(f"no benchmark's id matches {plain(job.select, 120)!r}: leave it out to see the ids")
        why = measurement.notes[0] if measurement.notes else "run them once by hand to see why"
        raise MeasureError(f"the suites hold no benchmark that could be measured: {why}")
    return measurement


def imports(job: Check) -> Imported:
    """What importing the packages costs, where the configuration asks for it."""
    if not job.config.decides("import time"):
        return Imported()
    return importing.measure(job.meter(MEASURING, job.select), job.sides, job.preparer)


def verdict(job: Check, measurement: Measurement) -> tuple[Verdict, ...]:
    """A word for each benchmark, with its reason."""
    return judging.decide(measurement, job.config, lost=job.sides.lost_extensions)


def believed(job: Check, verdicts: Sequence[Verdict]) -> tuple[tuple[Verdict, ...], tuple[str, ...]]:
    """The verdicts after a look from outside of the sandbox: what contradicts it is suspicious and decides nothing."""
    checked, notes = claiming.check(job.bench, job.plan, job.sides, job.config, verdicts)
    if doubted := claims.suspicious(checked):
        notes += (
            f"{len(doubted)} of {several(len(checked), 'benchmark')} {'is' if len(doubted) == 1 else 'are'} suspicious,"
            " which decides nothing: a person has to look",
        )
    return checked, notes


def diagnose(job: Check, verdicts: Sequence[Verdict]) -> Diagnosis:
    """The changed functions that explain each regression."""
    meter = job.meter(EXPLAINING)
    return diagnosing.diagnose(job.bench, job.plan, job.sides, job.preparer, meter, verdicts)


def fix(job: Check, diagnosis: Diagnosis) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Candidate patches for the suspects, and a note on those for which there is no room."""
    if job.config.fixes == "off" or job.metric != "instructions":
        return (), ()
    python = job.sides.head.environment.interpreter.version
    return fixing.candidates(diagnosis, job.sides.base.variant, job.sides.own.variant, job.config, python)


def verify(
    job: Check, verdicts: Sequence[Verdict], candidates: Sequence[Candidate], *, one_is_enough: bool = False
) -> tuple[Fix, ...]:
    """Candidates that hold, and the rejected ones with their reasons."""
    meter = job.meter()
    return verifying.verify(meter, job.plan, job.sides, job.preparer, verdicts, candidates, one_is_enough=one_is_enough)


def report(
    job: Check,
    measurement: Measurement,
    imported: Imported,
    verdicts: Sequence[Verdict],
    diagnosis: Diagnosis,
    fixes: Sequence[Fix],
    *,
    seconds: float,
) -> Report:
    """Everything that is worth saying; `bot/reports` shows it."""
    base, head = job.sides.base.environment, job.sides.head.environment
    notes = (*job.plan.notes, *measurement.notes, *head.built.warnings, *diagnosis.notes, *job.preparer.notes)
    if changed := machine.package_changes(base.built.packages, head.built.packages):
        notes += (f"installed packages differ: {', '.join(changed[:8])}",)
    word = judging.whole(verdicts, imported.verdicts, job.config, blind=diagnosis.blind)
    if diagnosis.blind and word == "inconclusive":
        notes += ("no benchmark reaches any function that head changes: this says nothing about their speed",)
    return Report(
        revisions=job.plan.revisions,
        verdict=word,
        metric=job.metric,
        seconds=round(seconds, 1),
        machine=machine.describe(job.bench.driver.NAME, base.interpreter.version),
        verdicts=tuple(verdicts),
        suspects=diagnosis.suspects,
        fixes=ranking.ordered(fixes),
        notes=notes,
        uncovered=diagnosis.uncovered,
        threshold=job.config.threshold,
        imports=imported.verdicts,
        covered=diagnosis.covered,
        effort=diagnosis.effort,
    )

"""measure: base and head, interleaved, in the sandbox; every count is kept in the store as soon as it is there.

Partners: `bot/stages/counting.py` asks for what repeats, `bot/stages/turns.py` takes times.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from bot.core import reasons, timing, verdict
from bot.core.model import IN_TURNS, TESTS, BenchmarkRef, Metric, Plan, Samples, Suite, Verdict
from bot.core.text import several
from bot.core.timing import Look
from bot.errors import MeasureError, NothingRunsError
from bot.harness import Listing
from bot.stages import coverage
from bot.stages.counting import BYTECODES, CALLS, INSTRUCTIONS, PEAK_MEMORY, TRACKED, Kind, once, sampled
from bot.stages.meter import LOOK, Answer, Meter, Question, Sides
from bot.stages.turns import Timed, against_itself, take_turns

SKIPPED = "Skipped: "
"""How the answer of a benchmark that skips itself begins."""
MOST_CONFIRMED = 12
"""Changes that are timed as well, the smallest first: there it may decide something."""
_VALGRIND = 100
"""How many times slower calls are while their instructions are counted; measured: 75 to 115."""
_LEAST_S = 0.5
"""What measuring a benchmark takes at least, however short its calls are."""
_EXACT: tuple[Kind[Any], ...] = (PEAK_MEMORY, BYTECODES, CALLS)
_IMPORTS = "imports"
"""The runner of import statements, which are measured as benchmarks are, and have no other metric."""
_LOOKING = 0.25
"""The share of the time left that looking at benchmarks may take before any is measured."""
_LIGHT_NS = 50_000_000
"""Calls that take longer are not traced for exact metrics: tracing makes them many times slower."""
_TRACED = f"calls of more than {_LIGHT_NS // 1_000_000} ms are not traced"
_OFFLINE = ("name resolution", "Name or service not known", "Network is unreachable", "NameResolutionError")
_TWIN_LOOKS = 10
_TIMED = Look(cpu_ns=10_000_000)
"""Stands in for a look where instructions are not counted: how long sessions take depends little on the call."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, and which benchmarks exist on one side only."""

    samples: tuple[Samples, ...]
    added: tuple[BenchmarkRef, ...] = ()
    removed: tuple[BenchmarkRef, ...] = ()
    changed: tuple[str, ...] = ()
    """Benchmarks whose own file head changes; base's version was measured on both sides."""
    notes: tuple[str, ...] = ()
    further: tuple[Samples, ...] = ()
    """Other metrics of the same benchmarks; two of the same metric are independent runs."""
    unseen: tuple[tuple[str, str], ...] = ()
    """What instructions do not see of a benchmark, as words after "it"."""
    later: tuple[str, ...] = ()
    """Benchmarks that waited for those that call what head changes."""


_Looks = Mapping[str, tuple[Look, Look]]
"""One call of each benchmark on both sides as it simply runs."""


def measure(meter: Meter, plan: Plan, sides: Sides) -> Measurement:
    """Measure every benchmark that both sides have, or those of them that the meter selects."""
    parts = [_measured(meter, plan, sides, suite) for suite in plan.suites]
    parts += [_only_at_head(meter, sides, suite) for suite in plan.head_suites if not _has(plan.suites, suite.runner)]
    return _joined(parts)


def measure_imports(meter: Meter, sides: Sides, statements: Sequence[str]) -> Measurement:
    """What imports cost: the benchmarks of a suite of our own, each in a fresh process."""
    suite = Suite(_IMPORTS, (), options={"statements": json.dumps(statements)})
    looks = _looks(meter, sides, suite, meter.selected(statements), until_s=math.inf)
    return _gate(meter, sides, suite, looks)


def fails_everywhere(measurement: Measurement) -> bool:
    """Whether no benchmark runs on either side, so that something beside them is to blame."""
    errors = [error for one in measurement.samples for error in (one.base_error, one.head_error)]
    return bool(errors) and all(
        error and reasons.SPENT not in error and reasons.TOO_LATE not in error for error in errors
    )


def _joined(parts: Sequence[Measurement]) -> Measurement:
    return Measurement(
        *(tuple(item for part in parts for item in getattr(part, field)) for field in Measurement.__slots__)
    )


def _has(suites: Sequence[Suite], runner: str) -> bool:
    return any(suite.runner == runner for suite in suites)


def _measured(meter: Meter, plan: Plan, sides: Sides, suite: Suite) -> Measurement:
    """One suite; where there are others, one that cannot be loaded is noted, and the others are measured."""
    try:
        return _measure_suite(meter, plan, sides, suite)
    except MeasureError as error:
        if len(plan.suites) == 1:
            raise
        return Measurement((), notes=(f"the {suite.runner} suite was not measured: {error}",))


def _only_at_head(meter: Meter, sides: Sides, suite: Suite) -> Measurement:
    listing = meter.listing(sides.own, suite)
    return Measurement((), added=_refs(meter, suite, listing.benchmarks))


def _refs(meter: Meter, suite: Suite, benchmarks: Sequence[str]) -> tuple[BenchmarkRef, ...]:
    return tuple(BenchmarkRef(one, suite.runner) for one in meter.selected(benchmarks))


def _measure_suite(meter: Meter, plan: Plan, sides: Sides, suite: Suite) -> Measurement:
    meter.bench.progress.step(f"loading the {suite.runner} benchmarks")
    with ThreadPoolExecutor(2) as pool:
        base, head = pool.map(lambda side: meter.listing(side, suite), (sides.base, sides.head))
    if not base.benchmarks and base.errors:
        first = base.errors[0]
        raise NothingRunsError(f"the benchmarks do not load at base: {first.path}: {_why(first.message)}")
    membership = _membership(meter, plan, sides, suite, base)
    removed = {one.id for one in membership.removed}
    kept = [one for one in meter.selected(base.benchmarks) if one not in removed]
    there = set(head.benchmarks)
    shared, lost = [one for one in kept if one in there], [one for one in kept if one not in there]
    part = _in_order(meter, plan, sides, suite, [one for one in shared if one not in base.values])
    samples = [*part.samples]
    samples += _tracked(meter, sides, suite, {one: base.values[one] for one in shared if one in base.values})
    why = _why(head.errors[0].message) if head.errors else "it is not among the benchmarks that load there"
    samples += [
        Samples(one, suite.runner, meter.metric, head_error=f"base's version does not load: {why}") for one in lost
    ]
    notes = tuple(f"{error.path} does not load at base: {_why(error.message)}" for error in base.errors)
    if skipped := _skipped([*samples, *part.further]):
        notes += (_skipping(list(skipped.values())),)
    return replace(
        membership,
        samples=tuple(one for one in samples if one.benchmark not in skipped),
        notes=(*notes, *membership.notes, *part.notes),
        further=tuple(one for one in part.further if one.benchmark not in skipped),
        unseen=part.unseen,
        later=part.later,
    )


def _why(message: str) -> str:
    """What a file that does not load said, with what that means where it asked the network."""
    if not any(words in message for words in _OFFLINE):
        return message
    return f"{message} (there is no network while measuring: keep what it loads in the repository)"


def _in_order(meter: Meter, plan: Plan, sides: Sides, suite: Suite, shared: Sequence[str]) -> Measurement:
    """All of them; where the budget may not suffice, those first that call what head changes."""
    looks = _looks(meter, sides, suite, shared, until_s=meter.until(_LOOKING))
    waiting = [one for one in shared if _is_waiting(looks[one])]
    if not waiting and meter.bench.clock() + _needed_s(looks) < meter.until(0.5):
        return _gate(meter, sides, suite, looks)
    meter.bench.progress.step("looking which benchmarks call what head changes")
    # One that does not end has cost enough: it is asked nothing more.
    running = [one for one in shared if one in waiting or all(look.error is None for look in looks[one])]
    first, later = coverage.in_order(meter, plan, sides, suite, running, until_s=meter.until(_LOOKING))
    parts = []
    for part in ([*first, *(one for one in shared if one not in running)], later):
        if part:
            missing = [one for one in part if one in waiting]
            looks = {**looks, **_looks(meter, sides, suite, missing, until_s=meter.until(_LOOKING))}
            parts.append(_gate(meter, sides, suite, {one: looks[one] for one in part}))
    whole = _joined(parts)
    return replace(whole, later=tuple(later), notes=tuple(dict.fromkeys(whole.notes)))


def _is_waiting(pair: tuple[Look, Look]) -> bool:
    """Whether the time for looking was over before its turn."""
    return any(look.error == reasons.SPENT for look in pair)


def _needed_s(looks: _Looks) -> float:
    """About what it takes to measure all of them."""
    return sum(_LEAST_S + 2 * _VALGRIND * base.cpu_ns / 1e9 for base, _head in looks.values())


def _gate(meter: Meter, sides: Sides, suite: Suite, looks: _Looks) -> Measurement:
    if meter.metric == "instructions":
        return _counted(meter, sides, suite, looks)
    timed = _only_timed(meter, sides, suite, list(looks))
    if not any(meter.config.decides(kind.metric) for kind in _EXACT):
        return timed
    try:
        base, head = _both(meter, sides, suite, LOOK, list(looks))
    except MeasureError as error:
        base = head = dict.fromkeys(looks, Look(error=str(error), timeout=True))
    return _joined([timed, _exact(meter, sides, suite, {one: (base[one], head[one]) for one in looks}, ())])


def _skipped(samples: Sequence[Samples]) -> dict[str, Samples]:
    """Benchmarks of which there is nothing since they skip themselves, each with samples that say so."""
    ran = {one.benchmark for one in samples if one.base}
    skipping = [one for one in samples if _skips_itself((one.base_error, one.head_error))]
    return {one.benchmark: one for one in skipping if one.benchmark not in ran}


def _skips_itself(errors: Iterable[str | None]) -> bool:
    """Whether it skips itself on both sides, as benchmarks of another system do; on one side, something changed."""
    return all((error or "").startswith(SKIPPED) for error in errors)


def _skipping(skipped: Sequence[Samples]) -> str:
    others = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    why = (skipped[0].base_error or "").removeprefix(SKIPPED)
    return f"not for this place, as they say themselves: {skipped[0].benchmark}{others} ({why})"


def _membership(meter: Meter, plan: Plan, sides: Sides, suite: Suite, base: Listing) -> Measurement:
    """Which benchmarks head adds, removes or changes, when it touches the files that define them."""
    if sides.own.variant.digest == sides.head.variant.digest or suite.runner == TESTS:
        return Measurement(())
    theirs = next((other for other in plan.head_suites if other.runner == suite.runner), None)
    if theirs is None:
        return Measurement((), removed=_refs(meter, suite, base.benchmarks))
    try:
        own = meter.listing(sides.own, theirs).benchmarks
    except MeasureError as error:
        return Measurement((), notes=(f"head's own benchmarks do not load: {error}",))
    moved = {change.path: change.old_path for change in plan.changes if change.status == "renamed"}
    names = {_renamed(one, moved) for one in own}
    known = set(base.benchmarks)
    touched = {change.old_path for change in plan.changes if change.hunks}
    return Measurement(
        (),
        notes=_beside(plan, suite, base),
        added=_refs(meter, suite, [one for one in own if _renamed(one, moved) not in known]),
        removed=_refs(meter, suite, [one for one in base.benchmarks if one not in names]),
        changed=tuple(one for one in base.benchmarks if _file(one, suite) in touched),
    )


def _beside(plan: Plan, suite: Suite, base: Listing) -> tuple[str, ...]:
    """What head changes of the files that benchmarks use and that hold none: their conftest files and data."""
    holding = {_file(one, suite) for one in base.benchmarks}
    around = {str(parent) for path in suite.definition for parent in PurePosixPath(path).parents}
    used = [
        change.path
        for change in plan.changes
        if (change.old_path in suite.definition and change.old_path not in holding)
        or (PurePosixPath(change.path).name == "conftest.py" and str(PurePosixPath(change.path).parent) in around)
    ]
    if not used:
        return ()
    more = f" and {len(used) - 3} more" if len(used) > 3 else ""
    return (
        f"head changes what the benchmarks use ({', '.join(used[:3])}{more}): base's version was used on both sides",
    )


def _renamed(identity: str, moved: dict[str, str]) -> str:
    path, separator, rest = identity.partition("::")
    return f"{moved.get(path, path)}{separator}{rest}"


def _file(identity: str, suite: Suite) -> str:
    """The file that holds a benchmark, as far as its id tells."""
    path, separator, _ = identity.partition("::")
    if separator:
        return path
    dotted = identity.split("(")[0].rpartition(": ")[2].split(".")
    for length in range(len(dotted), 0, -1):
        candidate = "/".join(dotted[:length]) + ".py"
        for path in suite.definition:
            if path == candidate or path.endswith(f"/{candidate}"):
                return path
    return ""


def _tracked(meter: Meter, sides: Sides, suite: Suite, units: Mapping[str, str]) -> list[Samples]:
    """Values that the suite reckons itself."""
    found = _or_error(sampled, meter, sides, suite, TRACKED, list(units))
    return [replace(one, unit=units[one.benchmark]) for one in found]


def _looks(meter: Meter, sides: Sides, suite: Suite, benchmarks: Sequence[str], *, until_s: float) -> _Looks:
    """What one call of each takes on both sides when it only runs; nothing is asked where time is all that counts."""
    if meter.metric != "instructions":
        return dict.fromkeys(benchmarks, (_TIMED, _TIMED))
    meter.bench.progress.step("looking what calls take")
    base, head = _both(meter, sides, suite, LOOK, benchmarks, until_s=until_s)
    return {one: (base[one], head[one]) for one in benchmarks}


def _counted(meter: Meter, sides: Sides, suite: Suite, looks: _Looks) -> Measurement:
    """Instructions of all whose calls are short enough, and the time arm where it decides something."""
    shared = list(looks)
    unseen = {one: why for one in shared if (why := _unseen(meter, looks[one]))}
    endless = [_endless(suite, one, looks[one]) for one in shared if _late(looks[one])]
    apart = {one.benchmark for one in endless} | {one for one, why in unseen.items() if why == reasons.TOO_LONG}
    # The shortest first, so that long ones starve nobody.
    countable = sorted((one for one in shared if one not in apart), key=lambda one: looks[one][0].cpu_ns)
    try:
        samples = [*sampled(meter, sides, suite, INSTRUCTIONS, countable, total=2 * len(countable)), *endless]
    except MeasureError as error:
        note = f"the {suite.runner} benchmarks were timed, since they could not be counted: {error}"
        timed = _only_timed(meter, sides, suite, [one for one in shared if not _late(looks[one])])
        return _joined([Measurement(tuple(endless), notes=(note,)), timed, _exact(meter, sides, suite, looks, ())])
    words = {one.benchmark: verdict.decide(one, meter.config.threshold_for(one.benchmark)) for one in samples}
    changed = sorted((one for one in words.values() if one.verdict in verdict.CHANGES), key=verdict.size)
    wanted = [one.id for one in changed[:MOST_CONFIRMED]]
    wanted += [one.id for one in words.values() if one.verdict == "inconclusive" and one.ratio is not None]
    wanted += [one for one in unseen if one not in wanted and (one not in words or words[one].verdict == "no change")]
    try:
        timed = _time_arm(meter, sides, suite, wanted, words)
    except MeasureError as error:
        timed = Measurement((), notes=(f"no time was judged: {error}",))
    exact = _exact(meter, sides, suite, looks, [one.id for one in changed])
    whole = {one.benchmark: one for one in samples}
    late = {one.benchmark for one in timed.samples}
    absent = [one for one in shared if one not in whole and one not in late]
    gates = [whole[one] for one in shared if one in whole] + [_unmeasured(suite, one) for one in absent]
    beside = Measurement(tuple(gates), notes=timed.notes, further=timed.samples, unseen=tuple(unseen.items()))
    return _joined([beside, exact])


def _exact(meter: Meter, sides: Sides, suite: Suite, looks: _Looks, changed: Collection[str]) -> Measurement:
    """Peak memory of calls that are not long; bytecodes and calls into C of those that changed, to explain them.

    What decides about the check is asked of all that do not skip themselves, and where it cannot be had, that is said.
    """
    looks = {one: both for one, both in looks.items() if not _skips_itself(look.error for look in both)}
    light = {one for one, both in looks.items() if not _late(both) and both[0].cpu_ns < _LIGHT_NS}
    parts = []
    for kind in () if suite.runner == _IMPORTS else _EXACT:
        if meter.config.decides(kind.metric):
            able = {one for one in looks if not _late(looks[one])} if kind is PEAK_MEMORY else light
            parts.append(_decisive(meter, sides, suite, kind, looks, able))
        elif meter.config.metric_threshold(kind.metric, "") is not None:
            ask, wanted = (sampled, light) if kind is PEAK_MEMORY else (once, light.intersection(changed))
            found = _or_error(ask, meter, sides, suite, kind, [one for one in looks if one in wanted])
            parts.append(Measurement((), further=tuple(one for one in found if one.base)))
    return _joined(parts)


def _decisive(
    meter: Meter, sides: Sides, suite: Suite, kind: Kind[Any], looks: _Looks, able: Collection[str]
) -> Measurement:
    """A metric that decides about the check, of each benchmark, and one note on those of which there is nothing."""
    found = _or_error(sampled, meter, sides, suite, kind, [one for one in looks if one in able])
    found += [
        _nothing(suite, kind, one, next((look.error for look in looks[one] if look.timeout), None) or _TRACED)
        for one in looks
        if one not in able
    ]
    if not (missing := [one for one in found if not one.base]):
        return Measurement((), further=tuple(found))
    why = verdict.decide(missing[0], 0.0).reason or reasons.UNMEASURED
    told = why.removeprefix(f"{reasons.UNMEASURED}: ")
    note = f"{kind.metric} of {several(len(missing), 'benchmark')} could not be had: {told}"
    return Measurement((), notes=(note,), further=tuple(found))


def _or_error(
    ask: Callable[[Meter, Sides, Suite, Kind[Any], Sequence[str]], list[Samples]],
    meter: Meter, sides: Sides, suite: Suite, kind: Kind[Any], benchmarks: Sequence[str],
) -> list[Samples]:  # fmt: skip
    """What is asked beside the gate: where nothing starts for it, what was counted and timed stands."""
    try:
        return ask(meter, sides, suite, kind, benchmarks)
    except MeasureError as error:
        return [_nothing(suite, kind, one, str(error)) for one in benchmarks]


def _nothing(suite: Suite, kind: Kind[Any], benchmark: str, why: str) -> Samples:
    return Samples(benchmark, suite.runner, kind.metric, base_error=why, head_error=why)


def _late(looks: tuple[Look, Look]) -> bool:
    """Whether a call did not end, or its turn never came."""
    return any(look.timeout for look in looks)


def _both(
    meter: Meter, sides: Sides, suite: Suite, question: Question[Answer], benchmarks: Sequence[str],
    *, until_s: float = math.inf,
) -> tuple[dict[str, Answer], dict[str, Answer]]:  # fmt: skip
    """The answers of both sides, which are asked at the same time."""
    with ThreadPoolExecutor(2) as pool:
        base, head = pool.map(
            lambda side: meter.ask(question, side, suite, benchmarks, until_s=until_s), (sides.base, sides.head)
        )
    return base, head


def _unseen(meter: Meter, looks: tuple[Look, Look]) -> str | None:
    """What instructions do not see of a benchmark, or that it is too long to be counted at all."""
    if any(2 * _VALGRIND * look.cpu_ns > meter.timeout_s * 1e9 for look in looks):
        return reasons.TOO_LONG
    return next((why for look in looks if look.error is None and (why := timing.unseen(look))), None)


def _endless(suite: Suite, benchmark: str, looks: tuple[Look, Look]) -> Samples:
    """What does not end when it only runs, does not end where it is counted."""
    base, head = (look.error for look in looks)
    return Samples(benchmark, suite.runner, "instructions", base_error=base, head_error=head)


def _unmeasured(suite: Suite, benchmark: str) -> Samples:
    return Samples(benchmark, suite.runner, "cpu time")


def _only_timed(meter: Meter, sides: Sides, suite: Suite, shared: Sequence[str]) -> Measurement:
    """Where nothing is counted, the time arm decides alone."""
    timed = _time_arm(meter, sides, suite, shared, {})
    late = {one.benchmark for one in timed.samples}
    absent = tuple(_unmeasured(suite, one) for one in shared if one not in late)
    return Measurement(absent, notes=timed.notes, further=timed.samples)


def _time_arm(
    meter: Meter, sides: Sides, suite: Suite, wanted: Sequence[str], words: Mapping[str, Verdict]
) -> Measurement:
    """Base against itself first; then base against head; then once more what time alone says has changed."""
    if not wanted:
        return Measurement(())
    until_s = meter.until(0.25)
    twins = _twins(meter, sides, suite, wanted, until_s=until_s)
    if len(twins.cpu.base) < _TWIN_LOOKS and meter.bench.clock() > until_s:
        return Measurement((), notes=("no time was judged: the budget was spent before, raise `budget`",))
    fit, notes = _fit(meter, twins)
    if not fit:
        return Measurement((), notes=notes)
    pair = (sides.base, sides.head)
    beside = {one.id for one in words.values() if one.verdict in verdict.CHANGES}
    first = take_turns(meter, pair, suite, wanted, until_s=meter.until(0.5), beside=beside)
    alone = [one for one in wanted if _alone(meter, _judged(first[one], fit), words.get(one))]
    try:
        second = take_turns(meter, pair, suite, alone, until_s=meter.until(0.5), run=1)
    except MeasureError as error:
        second, notes = {}, (*notes, f"what time alone shows was not timed again: {error}")
    if meter.event and any(one.cpu.base for one in first.values()) and not any(one.counted for one in first.values()):
        notes += ("the processor's counter could not be read around these calls, so CPU time is asked instead",)
    runs = [*first.values(), *second.values()]
    return Measurement(tuple(samples for run in runs for samples in _judged(run, fit)), notes=notes)


def _twins(meter: Meter, sides: Sides, suite: Suite, wanted: Sequence[str], *, until_s: float) -> Timed:
    """Base against itself, by the first benchmark that runs; by the last one that was tried where none does."""
    for one in wanted:
        twins = against_itself(meter, sides.base, suite, one, until_s=until_s, most=_TWIN_LOOKS)
        if twins.cpu.base or meter.bench.clock() > until_s:
            break
    return twins


def _fit(meter: Meter, twins: Timed) -> tuple[list[Metric], tuple[str, ...]]:
    """What may be judged on this machine now, and notes: where times are too noisy, what is counted may not be."""
    fit, notes = list(IN_TURNS), tuple[str, ...]()
    # Where none runs at all, what each of them fails with is told later.
    if twins.cpu.base and (why := timing.noisy(twins.cpu, meter.margin(twins.cpu.benchmark))):
        fit = ["processor instructions"] if twins.counted else []
        notes += (f"no time was judged: {why}, so this machine is too noisy now",)
    if twins.counted and (
        why := timing.noisy(twins.counted, meter.margin(twins.counted.benchmark, twins.counted.metric))
    ):
        fit.remove("processor instructions")
        notes += (f"what the processor counts was not judged: {why}",)
    return fit, notes


def _judged(timed: Timed, fit: Collection[Metric]) -> tuple[Samples, ...]:
    return tuple(one for one in timed.samples if one.metric in fit)


def _alone(meter: Meter, timed: Sequence[Samples], gate: Verdict | None) -> bool:
    """Whether the time arm shows a change that the gate does not."""
    if gate is not None and gate.verdict in verdict.CHANGES:
        return False
    return any(verdict.decide(one, meter.margin(one.benchmark, one.metric)).verdict in verdict.CHANGES for one in timed)

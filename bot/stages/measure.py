"""measure: base and head, interleaved, in the sandbox; every count is kept in the store as soon as it is there.

Partner: `bot/harness.py` speaks with the sandbox, `bot/core/verdict.py` says which counts need a second look.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.core import verdict
from bot.core.config import Config
from bot.core.model import TESTS, BenchmarkRef, Gate, Plan, Samples, Side, Suite
from bot.errors import MeasureError
from bot.harness import Count, Harness, Listing, Value
from bot.stages.meter import BATCH_NS, VALUE, Meter, Sides
from bot.workbench import Checkout, Workbench

SESSIONS = 20
TURNS = 6
SKIPPED = "Skipped: "
"""How the answer of a benchmark that skips itself begins."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured, and which benchmarks exist on one side only."""

    samples: tuple[Samples, ...]
    added: tuple[BenchmarkRef, ...] = ()
    removed: tuple[BenchmarkRef, ...] = ()
    changed: tuple[str, ...] = ()
    """Benchmarks whose own file head changes; base's version was measured on both sides."""
    notes: tuple[str, ...] = ()


_Pairs = dict[str, list[tuple[Count, Count]]]
"""Counts at base and at head by benchmark, a pair for each seed."""


def measure(
    bench: Workbench, plan: Plan, sides: Sides, config: Config, metric: Gate, *, select: str | None = None
) -> Measurement:
    """Measure every benchmark that both sides have, or those of them whose id matches `select`."""
    meter = Meter(bench, config, metric, select)
    parts = [_measured(meter, plan, sides, suite) for suite in plan.suites]
    parts += [_only_at_head(meter, sides, suite) for suite in plan.head_suites if not _has(plan.suites, suite.runner)]
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
        raise MeasureError(f"the benchmarks do not load at base: {first.path}: {first.message}")
    membership = _membership(meter, plan, sides, suite, base)
    removed = {one.id for one in membership.removed}
    kept = [one for one in meter.selected(base.benchmarks) if one not in removed]
    there = set(head.benchmarks)
    shared, lost = [one for one in kept if one in there], [one for one in kept if one not in there]
    measured = _instructions if meter.metric == "instructions" else _cpu_time
    samples = measured(meter, sides, suite, [one for one in shared if one not in base.values])
    samples += _tracked(meter, sides, suite, {one: base.values[one] for one in shared if one in base.values})
    why = head.errors[0].message if head.errors else "it is not among the benchmarks that load there"
    samples += [
        Samples(one, suite.runner, meter.metric, head_error=f"base's version does not load: {why}") for one in lost
    ]
    notes = tuple(f"{error.path} does not load at base: {error.message}" for error in base.errors)
    if skipped := [one for one in samples if _skips_itself(one)]:
        notes += (_skipping(skipped),)
        samples = [one for one in samples if one not in skipped]
    return Measurement(tuple(samples), membership.added, membership.removed, membership.changed, notes)


def _skips_itself(samples: Samples) -> bool:
    """Whether it skips itself on both sides, as benchmarks of another system do; on one side, something changed."""
    return all((error or "").startswith(SKIPPED) for error in (samples.base_error, samples.head_error))


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


def _instructions(meter: Meter, sides: Sides, suite: Suite, shared: Sequence[str]) -> list[Samples]:
    first = _count_both(meter, sides, suite, shared, 0, total=2 * len(shared))
    counts = {one: [first[one]] for one in shared}
    _recount(meter, sides, suite, counts, [one for one in shared if _wants_recount(first[one])], verdict.RECOUNT_SEEDS)
    doubtful = [one for one in shared if _in_doubt(counts[one], meter.config.threshold_for(one))]
    _recount(meter, sides, suite, counts, doubtful, verdict.DOUBT_SEEDS)
    return [_samples(suite, one, pairs) for one, pairs in counts.items()]


def _recount(
    meter: Meter, sides: Sides, suite: Suite, counts: _Pairs, benchmarks: Sequence[str], seeds: Sequence[int]
) -> None:
    if not benchmarks:
        return
    meter.bench.progress.step(f"counting {len(benchmarks)} again with other hash seeds and layouts of memory")
    for seed in seeds:
        second = _count_both(meter, sides, suite, benchmarks, seed)
        for one in benchmarks:
            counts[one].append(second[one])


def _wants_recount(pair: tuple[Count, Count]) -> bool:
    base, head = pair
    if base.instructions is None or head.instructions is None:
        return False
    return verdict.needs_recount(base.instructions, head.instructions)


def _in_doubt(pairs: Sequence[tuple[Count, Count]], threshold: float) -> bool:
    whole = _whole(pairs)
    return verdict.in_doubt([base for base, _ in whole], [head for _, head in whole], threshold)


def _whole(pairs: Sequence[tuple[Count, Count]]) -> list[tuple[float, float]]:
    return [
        (base.instructions, head.instructions)
        for base, head in pairs
        if base.instructions is not None and head.instructions is not None
    ]


def _count_both(
    meter: Meter, sides: Sides, suite: Suite, benchmarks: Sequence[str], seed: int, *, total: int = 0
) -> dict[str, tuple[Count, Count]]:
    """Both sides at once, a process each: counting does not mind what else the machine does."""
    with ThreadPoolExecutor(2) as pool:
        base, head = pool.map(
            lambda side: meter.counts(side, suite, benchmarks, seed=seed, total=total), (sides.base, sides.head)
        )
    return {one: (base[one], head[one]) for one in benchmarks}


def _samples(suite: Suite, benchmark: str, pairs: Sequence[tuple[Count, Count]]) -> Samples:
    base_error, head_error = pairs[0][0].error, pairs[0][1].error
    whole = _whole(pairs)
    return Samples(
        benchmark,
        suite.runner,
        "instructions",
        tuple(b for b, _ in whole),
        tuple(h for _, h in whole),
        base_error,
        head_error,
    )


def _tracked(meter: Meter, sides: Sides, suite: Suite, units: Mapping[str, str]) -> list[Samples]:
    """Values that the suite reckons itself, under several hash seeds."""
    found: dict[str, list[tuple[Value, Value]]] = {one: [] for one in units}
    for seed in (0, *verdict.RECOUNT_SEEDS) if units else ():
        base, head = (meter.ask(VALUE, side, suite, list(units), seed=seed) for side in (sides.base, sides.head))
        for one, pairs in found.items():
            pairs.append((base[one], head[one]))
    return [_values(suite, one, units[one], pairs) for one, pairs in found.items()]


def _values(suite: Suite, benchmark: str, unit: str, pairs: Sequence[tuple[Value, Value]]) -> Samples:
    base_error, head_error = (next((one[side].error for one in pairs if one[side].error), None) for side in (0, 1))
    whole = [(base.value, head.value) for base, head in pairs if base.value is not None and head.value is not None]
    numbers = tuple(base for base, _ in whole), tuple(head for _, head in whole)
    return Samples(benchmark, suite.runner, "tracked", *numbers, base_error, head_error, unit)


def _cpu_time(meter: Meter, sides: Sides, suite: Suite, shared: Sequence[str]) -> list[Samples]:
    """Sessions of turns: one fresh process a side, alive side by side on one core, each benchmark in turn."""
    times: dict[str, tuple[list[float], list[float]]] = {one: ([], []) for one in shared}
    errors: dict[str, dict[Side, str]] = {}
    for session in range(SESSIONS):
        left = [one for one in shared if one not in errors]
        if meter.out_of_time or not left:
            break
        draw = random.Random(session)  # noqa: S311  # the order of turns is no secret
        with _pinned(meter, sides.base, suite, session) as base, _pinned(meter, sides.head, suite, session) as head:
            for number, one in enumerate(left):
                done = session * len(shared) + number
                meter.bench.progress.step("taking turns", done=done, total=SESSIONS * len(shared))
                try:
                    turns = _turns(meter, (base, head), one, draw)
                except MeasureError as error:
                    errors[one] = {"base": str(error), "head": str(error)}
                    break  # the processes are out of step: a fresh session goes on with the rest
                if isinstance(turns, dict):
                    errors[one] = turns
                    continue
                for kept, new in zip(times[one], turns, strict=True):
                    kept.append(statistics.median(new))
    return [_timed(suite, one, times[one], errors.get(one, {})) for one in shared]


def _timed(suite: Suite, benchmark: str, times: tuple[list[float], list[float]], errors: Mapping[Side, str]) -> Samples:
    base, head = times
    return Samples(
        benchmark, suite.runner, "cpu time", tuple(base), tuple(head), errors.get("base"), errors.get("head")
    )


def _pinned(meter: Meter, side: Checkout, suite: Suite, session: int) -> Harness:
    return meter.bench.serve(side, suite, "none", seed=session, prefix=("taskset", "--cpu-list", "0"))


def _turns(
    meter: Meter, sides: tuple[Harness, Harness], benchmark: str, draw: random.Random
) -> tuple[list[float], list[float]] | dict[Side, str]:
    """The CPU time per call of each turn on both sides, or what went wrong on which."""
    order = [0, 1]
    draw.shuffle(order)
    ready = {side: sides[side].begin_turns(benchmark, meter.timeout_s, BATCH_NS) for side in order}
    failed: dict[Side, str] = {("base", "head")[side]: one.error for side, one in ready.items() if one.error}
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(0 if failed else TURNS):
        draw.shuffle(order)
        for side in order:
            # Both sides run the same number of calls a turn: base's choice.
            times[side].append(sides[side].turn(ready[0].loops, meter.timeout_s).cpu_ns)
    for side in order:
        if ready[side].error is None:
            sides[side].end_turns(meter.timeout_s)
    return failed or times

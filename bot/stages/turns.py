"""The time arm: base and head alive side by side on one core, taking turns, in as many sessions as it takes to tell.

It confirms what instructions say and sees what they cannot. Partner: `bot/core/timing.py` says when there are enough
sessions, and what they say.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from bot.core import reasons, stats, timing
from bot.core.model import Metric, Samples, Side, Suite
from bot.errors import MeasureError
from bot.harness import Harness, Turn, TurnsReady
from bot.stages.meter import BATCH_NS, Meter, one_core
from bot.store import key
from bot.workbench import Checkout

TURNS = 12
"""Most of what one session's ratio is off by is noise of its turns: with twice as many it is off by a third less."""
_SESSION_S = 2.0
"""About how long one benchmark may take turns in one session: longer calls get fewer turns."""
_FIRST = 0.8
"""Of its share of the time, the first session begins no benchmark after this: the last one takes some time as well."""
_FAILURES = 2
"""A benchmark that has failed in so many sessions is asked no more: one failure may be chance."""
_SIDES: tuple[Side, Side] = ("base", "head")
_EMPTY = 3
"""Turns of no calls, of which the least says what asking costs: the first one costs some four times as much."""
_SHORT = 10
"""A count is none where it is not so many times what asking for it costs."""
_AGAIN = 1_000
"""How far apart the seeds of independent runs begin."""
_Pair = tuple[float, float]


@dataclass(slots=True)
class _Taken:
    """What one benchmark's sessions have given so far: a pair of base and head for each."""

    cpu: list[_Pair] = field(default_factory=list)
    wall: list[_Pair] = field(default_factory=list)
    counted: list[_Pair] = field(default_factory=list)
    """Of those sessions in which the processor counted."""
    failures: list[Mapping[Side, str]] = field(default_factory=list)
    """The errors of each session that gave none, by the side that raised them."""
    spent: bool = False
    """Whether its turn never came."""

    @property
    def ended(self) -> bool:
        """Whether it gets no more sessions; one that does not end has cost enough the first time."""
        late = any(error.startswith(reasons.TOO_LATE) for one in self.failures for error in one.values())
        return self.spent or late or len(self.failures) >= _FAILURES


@dataclass(frozen=True, slots=True)
class Timed:
    """CPU and wall time of one benchmark, a value a session; kept in the store."""

    cpu: Samples
    wall: Samples
    counted: Samples | None = None
    """The instructions of the same sessions, where the processor counted in each of them."""

    @property
    def samples(self) -> tuple[Samples, ...]:
        """All of them."""
        return (self.cpu, self.wall) if self.counted is None else (self.counted, self.cpu, self.wall)


def take_turns(
    meter: Meter,
    pair: tuple[Checkout, Checkout],
    suite: Suite,
    benchmarks: Sequence[str],
    *,
    until_s: float,
    run: int = 0,
    beside: Collection[str] = (),
) -> dict[str, Timed]:
    """Sessions of turns of each benchmark, until each can be told or the clock says `until_s`.

    Each `run` has seeds of its own, so that it is independent of the others. Those whose times only stand `beside`
    counts that decide get less. What could be told is kept; what could not, since the machine was too noisy or the
    budget too small, is taken anew when it is asked for again.
    Raises MeasureError where nothing starts and nothing was kept.
    """
    places = {one: _place(meter, pair, suite, one, run) for one in benchmarks}
    known = {one: kept for one in benchmarks if (kept := meter.bench.store.get(places[one], Timed)) is not None}
    missing = [one for one in benchmarks if one not in known]
    try:
        most = {one: timing.BESIDE if one in beside else timing.LOOKS[-1] for one in missing}
        taken = _sessions(meter, pair, suite, most, until_s=until_s, run=run)
    except MeasureError as error:
        if not known:
            raise
        errors = dict.fromkeys(_SIDES, str(error))
        taken = {one: _Taken(failures=[errors for _ in range(_FAILURES)]) for one in missing}
    untold = {*_undecided(meter, suite, taken)}
    for one, values in taken.items():
        known[one] = _timed(suite, one, values)
        if values.cpu and not values.failures and one not in untold:
            meter.bench.store.put(places[one], known[one])
    return known


def against_itself(meter: Meter, side: Checkout, suite: Suite, benchmark: str, *, until_s: float, most: int) -> Timed:
    """So many sessions of one side in turns with itself: how the machine is now, so nothing of it is kept."""
    taken = _sessions(meter, (side, side), suite, {benchmark: most}, until_s=until_s)
    return _timed(suite, benchmark, taken[benchmark])


def _sessions(
    meter: Meter,
    pair: tuple[Checkout, Checkout],
    suite: Suite,
    most: Mapping[str, int],
    *,
    until_s: float,
    run: int = 0,
) -> dict[str, _Taken]:
    """`most` has the benchmarks, and how many sessions each may have."""
    taken = {one: _Taken() for one in most}
    for look in timing.LOOKS:
        left = [one for one in _undecided(meter, suite, taken) if look <= most[one]]
        for session in range(timing.before(look), look):
            left = [one for one in left if not taken[one].ended]
            if not left or meter.bench.clock() > until_s or meter.out_of_time:
                break
            meter.bench.progress.step("taking turns", done=session, total=max(most.values()))
            # Many that are long share their time as if there were no more than these: a few are told, not none.
            share = 1.0 if session else _FIRST / timing.LOOKS[0]
            some = {one: taken[one] for one in left}
            try:
                _session(meter, pair, suite, some, session + _AGAIN * run, share=share, until_s=until_s)
            except MeasureError:
                if not any(values.cpu for values in taken.values()):
                    raise
    return taken


def _place(meter: Meter, pair: tuple[Checkout, Checkout], suite: Suite, benchmark: str, run: int) -> str:
    sides = [meter.place("turns", side, suite, benchmark) for side in pair]
    # What could be told of one margin may be too little for another.
    margins = [meter.margin(benchmark), meter.margin(benchmark, "wall time")]
    if meter.event is not None:
        margins.append(meter.margin(benchmark, "processor instructions"))
    return key(sides, run, TURNS, *margins)


def _undecided(meter: Meter, suite: Suite, taken: Mapping[str, _Taken]) -> list[str]:
    known = {one: _timed(suite, one, values) for one, values in taken.items()}
    # What waits is told by wall time, which holds its CPU time as well.
    clocks = {
        one: timed.wall if timing.waits(timed.cpu, timed.wall) else timed.counted or timed.cpu
        for one, timed in known.items()
    }
    margins = {one: meter.margin(one, clock.metric) for one, clock in clocks.items()}
    told = timing.told(clocks, margins)
    return [one for one, values in taken.items() if one not in told and not values.ended]


def _timed(suite: Suite, benchmark: str, taken: _Taken) -> Timed:
    """Its sessions; it fails where it has none, and where it has some and failed as well, no change is called."""
    raised = {side: error for one in reversed(taken.failures) for side, error in one.items()}
    lacking = next(iter(raised.values()), None)
    if taken.spent or (raised and not taken.ended):
        raised = dict.fromkeys(_SIDES, reasons.SPENT)
    errors = {} if taken.cpu else raised

    def samples(metric: Metric, pairs: Sequence[_Pair]) -> Samples:
        base, head = tuple(base for base, _ in pairs), tuple(head for _, head in pairs)
        return Samples(
            benchmark, suite.runner, metric, base, head, errors.get("base"), errors.get("head"), lacking=lacking
        )

    whole = taken.counted and len(taken.counted) == len(taken.cpu)
    counted = samples("processor instructions", taken.counted) if whole else None
    return Timed(samples("cpu time", taken.cpu), samples("wall time", taken.wall), counted)


def _session(
    meter: Meter, pair: tuple[Checkout, Checkout], suite: Suite, taken: Mapping[str, _Taken], seed: int,
    *, share: float, until_s: float,
) -> None:  # fmt: skip
    """One fresh process a side, started in random order, and each benchmark in turn, one at least.

    All together have a share of the time until `until_s`, and what those take that fail is no part of it.
    Raises MeasureError where a process does not start.
    """
    now_s = meter.bench.clock()
    ends_s = now_s + share * (until_s - now_s)
    draw = random.Random(seed)  # noqa: S311  # the order of turns is no secret
    left = list(taken)
    first = draw.randrange(2)
    served: dict[int, Harness] = {}
    try:
        for number, one in enumerate(left):
            began_s, failures = meter.bench.clock(), len(taken[one].failures)
            if number and began_s > ends_s:
                _leave_out([taken[other] for other in left[number:]])
                break
            try:
                for side in (first, 1 - first):
                    served[side] = served.get(side) or _pinned(meter, pair[side], suite, seed)
            except MeasureError as error:
                for other in left[number:]:
                    taken[other].failures.append(dict.fromkeys(_SIDES, str(error)))
                raise
            if not _take(meter, (served[0], served[1]), one, draw, taken[one]):
                _close(served)  # they are out of step: fresh ones go on with the rest
            if len(taken[one].failures) > failures:
                ends_s = min(until_s, ends_s + meter.bench.clock() - began_s)
    finally:
        _close(served)


def _close(served: dict[int, Harness]) -> None:
    while served:
        served.popitem()[1].close()


def _leave_out(waiting: Sequence[_Taken]) -> None:
    """Those that have no session yet get none; the others go on with those that they have."""
    for one in waiting:
        one.spent = not one.cpu


def _pinned(meter: Meter, side: Checkout, suite: Suite, seed: int) -> Harness:
    return meter.bench.serve(side, suite, "none", seed=seed, limits=meter.limits, prefix=one_core(), event=meter.event)


def _take(meter: Meter, sides: tuple[Harness, Harness], benchmark: str, draw: random.Random, taken: _Taken) -> bool:
    """One benchmark's turns on both sides, which make a sample; False where they are out of step now."""
    errors: dict[Side, str] = {}
    try:
        for harness in draw.sample(sides, 2):
            harness.ready(benchmark)
    except MeasureError as error:
        # Its project does not start, which is no failure of the benchmark on one side.
        taken.failures.append(dict.fromkeys(_SIDES, str(error)))
        return True
    try:
        base, head = _in_turns(meter, sides, benchmark, draw, errors)
    except MeasureError:
        taken.failures.append(errors)
        return False
    if errors:
        taken.failures.append(errors)
    else:
        taken.cpu.append(_sample([one.cpu_ns for one in base], [one.cpu_ns for one in head]))
        taken.wall.append(_sample([one.wall_ns for one in base], [one.wall_ns for one in head]))
        counted = [
            pair for one, other in zip(base, head, strict=True) if None not in (pair := (one.counted, other.counted))
        ]
        if counted:
            taken.counted.append(_sample(*zip(*counted, strict=True)))
    return True


def _sample(base: Sequence[float], head: Sequence[float]) -> _Pair:
    """Base's median, and head's as the ratios say that were taken side by side: they share what disturbs both."""
    middle = statistics.median(base)
    ratios = stats.log_ratios(base, head)
    return middle, middle * math.exp(statistics.median(ratios)) if ratios else statistics.median(head)


def _in_turns(
    meter: Meter, sides: tuple[Harness, Harness], benchmark: str, draw: random.Random, errors: dict[Side, str]
) -> tuple[list[Turn], list[Turn]]:
    """Turns of base and of head, the order of each pair drawn at random; or errors, by side."""
    order = [0, 1]
    draw.shuffle(order)
    ready: dict[int, TurnsReady] = {}
    for side in order:
        with _blamed(side, errors):
            ready[side] = sides[side].begin_turns(benchmark, meter.timeout_s, BATCH_NS)
    errors |= {_SIDES[side]: one.error for side, one in ready.items() if one.error}
    turns: tuple[list[Turn], list[Turn]] = ([], [])
    idle: dict[int, list[Turn]] = {0: [], 1: []}
    for side in () if errors or meter.event is None else order * _EMPTY:
        with _blamed(side, errors):
            idle[side].append(sides[side].turn(0, meter.timeout_s))
    # Both sides run the same number of calls a turn: base's choice.
    loops, apart = ready[0].loops, ready[0].prepared and meter.event is not None
    began = meter.bench.clock()
    for _ in range(0 if errors else TURNS):
        draw.shuffle(order)
        for side in order:
            with _blamed(side, errors):
                turn = sides[side].turn(loops, meter.timeout_s, apart=apart)
                turns[side].append(replace(turn, counted=_of_a_call(turn, idle[side], loops)))
        if meter.bench.clock() - began > _SESSION_S:
            break
    for side in order:
        if ready[side].error is None:
            with _blamed(side, errors):
                sides[side].end_turns(meter.timeout_s)
    return turns


def _of_a_call(turn: Turn, idle: Sequence[Turn], loops: int) -> float | None:
    """What the processor counted in one call, without what asking for it costs; None where that is a part too large."""
    asking = min((one.counted for one in idle if one.counted is not None), default=None)
    if turn.counted is None or asking is None or turn.counted < _SHORT * asking:
        return None
    return (turn.counted - asking) / loops


@contextmanager
def _blamed(side: int, errors: dict[Side, str]) -> Iterator[None]:
    """Note an error for the side that raises it."""
    try:
        yield
    except MeasureError as error:
        errors[_SIDES[side]] = str(error)
        raise

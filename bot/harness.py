"""Speaks with the harness inside a sandbox; whatever it answers is a claim and is parsed with limits.

Partner: `bot/inside/serve.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Annotated, Literal, Self, TypeVar

import msgspec

from bot import sandbox
from bot.core.model import PROJECT, Suite
from bot.core.text import plain
from bot.core.timing import Look
from bot.counter import Reading
from bot.errors import MeasureError
from bot.sandbox.process import Process

START_TIMEOUT_S = 300.0
WARMUPS = 4
"""Calls before the one that counts: with 4, unrelated edits moved a count by at most 0.06 %; with 1, by 0.38 %."""
_MOST_BENCHMARKS = 20_000
_LONGEST_ID = 2_000

Instrument = Literal["callgrind", "none"]
_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Finite = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Calls = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


@dataclass(frozen=True, slots=True)
class LoadError:
    """A file of the suite that could not be loaded."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What the suite holds once it is loaded."""

    benchmarks: tuple[str, ...] = ()
    errors: tuple[LoadError, ...] = ()
    values: Mapping[str, Annotated[str, msgspec.Meta(max_length=40)]] = field(default_factory=dict)
    """Benchmarks that reckon a value of their own instead of being counted, with its unit."""
    fatal: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """The counter's own instructions around a single empty call and around a batch, subtracted from every count."""

    single: _Amount = 0.0
    batch: _Amount = 0.0
    ready: bool = False
    error: str | None = None
    fatal: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Instructions of one call, or why there are none; `alike` says what can be compared with another count."""

    single: _Amount | None = None
    """Of the one call after the warm-up calls."""
    batch: _Amount | None = None
    """Of one of many in a row; None where calls are long, or need something prepared."""
    error: str | None = None
    timeout: bool = False


def alike(*counts: Count) -> tuple[float, ...] | None:
    """One number for each count, of calls in a row where all have that, else of a single call; None where one has none.

    The two are not the same: in a row, calls also free what the one before has returned.
    """
    for found in ([one.batch for one in counts], [one.single for one in counts]):
        whole = tuple(one for one in found if one is not None)
        if len(whole) == len(counts):
            return whole
    return None


@dataclass(frozen=True, slots=True)
class _CountAnswer:
    """A count as the harness answers: with the counter's own instructions, and a batch as a whole."""

    single: _Amount | None = None
    batch: _Amount | None = None
    calls: _Calls = 1
    error: str | None = None
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What a benchmark has reckoned itself, or why there is nothing."""

    value: _Finite | None = None
    error: str | None = None
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """Exact costs of one call of a benchmark, or why there are none.

    `costs` has (path, first line, calls, bytecodes, calls into C) for each watched function and, with an empty path,
    for the rest. `lines` has (path, line, bytecodes, calls into C) for the repository's own files, without what is
    called from there; `calls` has (path, line, path and first line of the function that is called there, how often).
    """

    costs: tuple[tuple[str, _Number, _Number, _Number, _Number], ...] = ()
    lines: tuple[tuple[str, _Number, _Number, _Number], ...] = ()
    calls: tuple[tuple[str, _Number, str, _Number, _Number], ...] = ()
    error: str | None = None
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """Which of the watched functions (by their place in the request) one call of a benchmark reaches."""

    reached: tuple[_Number, ...] = ()
    error: str | None = None
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Early:
    """Which of the watched functions run while the suite loads, before a benchmark's first call, and in it."""

    loaded: tuple[_Number, ...] = ()
    prepared: tuple[_Number, ...] = ()
    called: tuple[_Number, ...] = ()
    error: str | None = None
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Cover:
    """Every function of the repository (path, first line) that one call of a benchmark reaches, or why nobody knows."""

    reached: tuple[tuple[str, _Number], ...] = ()
    error: str | None = None
    timeout: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """How one test does as a benchmark: what it reaches, and the CPU time of one more call; or why it does not do."""

    reached: tuple[_Number, ...] = ()
    cpu_ns: _Amount = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Calls of the watched functions, each pickled: carried from sandbox to sandbox, and never read by the bot."""

    calls: tuple[tuple[_Number, str], ...] = ()
    """The number of the function, and its arguments."""
    made: tuple[_Number, ...] = ()
    """How often each function was called."""
    missed: tuple[tuple[str, _Number], ...] = ()
    """Why calls could not be recorded, and how many."""
    modules: tuple[tuple[_Number, str], ...] = ()
    """The name by which each function's module was imported."""
    covering: tuple[tuple[str, ...], ...] = ()
    """The tests that call each function."""
    path: tuple[str, ...] = ()
    """Where modules were looked for."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Replaying:
    """How calls are replayed."""

    variables: tuple[str, ...] = ()
    """Variables of the module to look at after each call."""
    constants: tuple[str | int | float, ...] = ()
    """Constants of the code, to be tried as arguments."""
    changing: tuple[str, ...] = ()
    """Attributes of arguments that may change between two calls."""
    varied: bool = False
    """Variations of the recorded calls instead of themselves."""
    late_s: float = 2.0
    """Processor time after which a call is given up."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What each call did, in a word (`bot/core/behaviour.py`), and which ones go beyond what was recorded."""

    digests: tuple[str, ...] = ()
    beyond: tuple[_Number, ...] = ()
    error: str | None = None
    shapes: tuple[tuple[str, str, int], ...] = ()
    """Name, type and length of each parameter that all recorded calls have alike; -1 where the lengths differ."""
    left: tuple[tuple[str, str, str], ...] = ()
    """Path, name and digest of what modules hold after the recorded calls."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One call for people: its arguments, what it did in parts that can be compared, its arguments afterwards."""

    call: str = ""
    parts: tuple[str, ...] = ()
    after: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Time of one call, averaged over a batch."""

    cpu_ns: _Amount
    wall_ns: _Amount
    counted: float | None = None
    """What the processor counted in the whole of it, outside of the sandbox; None where that is unknown. No claim."""


@dataclass(frozen=True, slots=True)
class _TurnAnswer:
    """A turn, or the error that its benchmark ended in."""

    cpu_ns: _Amount | None = None
    wall_ns: _Amount | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TurnsReady:
    """The answer to a request for turns: how many calls a batch should hold, or why there will be none."""

    loops: _Calls = 1
    prepared: bool = False
    """Whether something is made anew for each call, outside of what is timed."""
    ready: bool = False
    error: str | None = None


Claim = TypeVar("Claim")


def argv(suite: Suite, instrument: Instrument) -> tuple[str, ...]:
    """The command line that serves `suite` inside a sandbox."""
    spec = {
        "runner": suite.runner,
        "root": sandbox.REPOSITORY,
        "scratch": sandbox.SCRATCH,
        "paths": suite.paths,
        "options": dict(suite.options),
        "instrument": instrument,
    }
    return ("python", f"{sandbox.HARNESS}/serve.py", json.dumps(spec))


class FatalError(MeasureError):
    """A suite that does not load, whenever it is tried."""


class Harness:
    """One process that serves one side's suite."""

    def __init__(self, start: Callable[[], Process], instrument: Instrument) -> None:
        self._process = start()
        try:
            self._listed = self._listing()
            self._empty = self._counter() if instrument == "callgrind" else Ready()
        except BaseException:
            self._process.close()
            raise

    @property
    def listing(self) -> Listing:
        """What the suite holds."""
        return self._listed

    def ready(self, benchmark: str) -> None:
        """Start what serves a benchmark, where nothing does yet; raises MeasureError where it does not start."""

    def _listing(self) -> Listing:
        listing = self._receive(Listing, START_TIMEOUT_S)
        if listing.fatal is not None:
            raise FatalError(f"the benchmarks could not be loaded: {plain(listing.fatal)}", detail=self._process.errors)
        _check_number(listing.benchmarks)
        if len(set(listing.benchmarks)) < len(listing.benchmarks):
            raise MeasureError("the suite claims to hold the same benchmark twice")
        kept = tuple(identity for identity in listing.benchmarks if len(identity) <= _LONGEST_ID)
        values = {one: plain(unit) for one, unit in listing.values.items() if one in kept}
        return Listing(kept, listing.errors, values)

    def _counter(self) -> Ready:
        empty = self._receive(Ready, START_TIMEOUT_S)
        wrong = empty.fatal or empty.error
        if wrong or not (empty.ready and empty.single and empty.batch):
            why = plain(wrong or "the counter does not say what it costs itself")
            raise MeasureError(f"instructions cannot be counted: {why}", detail=self._process.errors)
        return empty

    def _receive(self, kind: type[Claim], timeout_s: float) -> Claim:
        line = self._process.receive(timeout_s)
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MeasureError(f"the harness answered with garbage: {error}") from None

    def _ask(self, kind: type[Claim], timeout_s: float, **request: object) -> Claim:
        self._process.send(msgspec.json.encode({**request, "timeout_s": timeout_s}))
        return self._receive(kind, timeout_s + 30)

    def count(self, benchmark: str, timeout_s: float) -> Count:
        """Instructions of one call after the warm-up calls."""
        answer = self._ask(_CountAnswer, timeout_s, op="count", benchmark=benchmark, warmups=WARMUPS)
        if answer.single is None:
            return Count(error=answer.error or "no count", timeout=answer.timeout)
        single = max(0.0, answer.single - self._empty.single)
        if answer.batch is None:
            return Count(single)
        return Count(single, max(0.0, answer.batch - self._empty.batch) / answer.calls)

    def value(self, benchmark: str, timeout_s: float) -> Value:
        """What the benchmark reckons itself."""
        answer = self._ask(Value, timeout_s, op="value", benchmark=benchmark)
        return Value(error="no value") if answer.value is None and answer.error is None else answer

    def memory(self, benchmark: str, timeout_s: float) -> Value:
        """The most bytes that one call holds."""
        answer = self._ask(Value, timeout_s, op="memory", benchmark=benchmark)
        return Value(error="no value") if answer.value is None and answer.error is None else answer

    def look(self, benchmark: str, timeout_s: float) -> Look:
        """What one call takes when it only runs."""
        return self._ask(Look, timeout_s, op="look", benchmark=benchmark)

    def profile(self, benchmark: str, watched: Sequence[tuple[str, int]], timeout_s: float) -> Profile:
        """Exact costs of one call, charged to the watched functions (path, first line)."""
        return self._ask(Profile, timeout_s, op="profile", benchmark=benchmark, warmups=WARMUPS, watched=watched)

    def reach(self, benchmark: str, watched: Sequence[tuple[str, int]], timeout_s: float) -> Reach:
        """Which watched functions (path, first line) one call reaches."""
        answer = self._ask(Reach, timeout_s, op="reach", benchmark=benchmark, watched=watched)
        _check_reached(answer.reached, watched)
        return answer

    def early(self, benchmark: str, watched: Sequence[tuple[str, int]], timeout_s: float) -> Early:
        """Where the functions run that the suite was told to watch."""
        answer = self._ask(Early, timeout_s, op="early", benchmark=benchmark)
        _check_reached((*answer.loaded, *answer.prepared, *answer.called), watched)
        return answer

    def cover(self, benchmark: str, timeout_s: float) -> Cover:
        """All that one call reaches."""
        return self._ask(Cover, timeout_s, op="cover", benchmark=benchmark)

    def trial(self, benchmark: str, watched: Sequence[tuple[str, int]], timeout_s: float) -> Trial:
        """Whether one test would do as a benchmark; as `reach`, and called as often as for a count."""
        answer = self._ask(Trial, timeout_s, op="trial", benchmark=benchmark, watched=watched, warmups=WARMUPS)
        _check_reached(answer.reached, watched)
        return answer

    def record(self, benchmark: str, timeout_s: float) -> Recording:
        """Call once, and keep the arguments of the functions that the suite was told to watch."""
        return self._ask(Recording, timeout_s, op="record", benchmark=benchmark)

    def replay(self, function: str, how: Replaying, timeout_s: float) -> Replayed:
        """Replay the recorded calls of a function, or variations of them (only a suite of recorded calls can)."""
        return self._ask(Replayed, timeout_s, op="replay", benchmark=function, **asdict(how))

    def show(self, function: str, how: Replaying, timeout_s: float, number: int) -> Shown:
        """Replay up to one call and show it."""
        request = asdict(how)
        return self._ask(Shown, timeout_s, op="replay", benchmark=function, shown=number, **request)

    def begin_turns(self, benchmark: str, timeout_s: float, batch_ns: int) -> TurnsReady:
        """Fork and warm a child that will take turns; ended by `end_turns` unless it answers with an error."""
        request = {"op": "time", "benchmark": benchmark, "warmups": WARMUPS, "batch_ns": batch_ns}
        answer = self._ask(TurnsReady, timeout_s, **request)
        if not answer.ready and answer.error is None:
            raise MeasureError("the harness answered with garbage: neither ready for turns nor an error")
        return answer

    def turn(self, loops: int, timeout_s: float, *, apart: bool = False) -> Turn:
        """One batch of calls, timed; what is made anew for a call is not counted with it where it is kept `apart`."""
        if apart:
            self._turn(loops, timeout_s, apart=True)
        before = self.reading()
        answer = self._turn(loops, timeout_s)
        after = self.reading()
        if answer.cpu_ns is None or answer.wall_ns is None:
            raise MeasureError("the harness answered with garbage: neither a turn nor an error")
        return Turn(answer.cpu_ns, answer.wall_ns, after.since(before) if before and after else None)

    def _turn(self, loops: int, timeout_s: float, **how: bool) -> _TurnAnswer:
        answer = self._ask(_TurnAnswer, timeout_s, op="turn", loops=loops, **how)
        if answer.error is not None:
            raise MeasureError(plain(answer.error))
        return answer

    def end_turns(self, timeout_s: float) -> str | None:
        """End the child; the benchmark's own error, if it had one after its call."""
        return self._ask(_CountAnswer, timeout_s, op="end").error

    def cpu_ns(self) -> int | None:
        """The processor time of everything in its sandbox, counted outside of it; no claim."""
        return self._process.cpu_ns()

    def reading(self) -> Reading | None:
        """What the processor has counted of everything in its sandbox; no claim."""
        return self._process.reading()

    def close(self) -> None:
        """End the process with everything it started."""
        self._process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class Parted(Harness):
    """Serves a suite of several projects: a harness each, which is started when it is needed first."""

    def __init__(self, parts: Sequence[Suite], start: Callable[[Suite], Harness]) -> None:
        self._parts, self._start = parts, start
        self._having = {path: part for part in parts for path in part.paths}
        self._running: dict[str, Harness] = {}
        self._asked = ""

    def ready(self, benchmark: str) -> None:
        """Start its project."""
        self._of(self._part(benchmark))

    @cached_property
    def listing(self) -> Listing:
        """What all of them hold; of one that cannot be loaded, why."""
        found, errors = list[str](), list[LoadError]()
        for part in self._parts:
            try:
                listed = self._of(part).listing
            except FatalError as error:  # one that is late, or is ended, may load the next time: no listing is made up
                errors.append(LoadError(part.options[PROJECT], str(error)))
                continue
            found += (one for one in listed.benchmarks if self._part(one) is part)
            errors += listed.errors
        _check_number(found)
        return Listing(tuple(found), tuple(errors))

    def _part(self, benchmark: str) -> Suite:
        """The part whose file it names; no part has what names none."""
        return self._having.get(benchmark.partition("::")[0], self._parts[0])

    def _of(self, part: Suite) -> Harness:
        place = part.options[PROJECT]
        if place not in self._running:
            self._running[place] = self._start(part)
        return self._running[place]

    def _ask(self, kind: type[Claim], timeout_s: float, **request: object) -> Claim:
        if "benchmark" in request:
            self._asked = str(request["benchmark"])
        return self._now._ask(kind, timeout_s, **request)

    @property
    def _now(self) -> Harness:
        return self._of(self._part(self._asked))

    def count(self, benchmark: str, timeout_s: float) -> Count:
        """As its own harness counts: each knows what its counter costs."""
        return self._of(self._part(benchmark)).count(benchmark, timeout_s)

    def cpu_ns(self) -> int | None:
        """That of the harness that was asked last."""
        return self._now.cpu_ns()

    def reading(self) -> Reading | None:
        """That of the harness that was asked last."""
        return self._now.reading()

    def close(self) -> None:
        """End all of them."""
        for harness in self._running.values():
            harness.close()


def _check_number(benchmarks: Sequence[str]) -> None:
    if len(benchmarks) > _MOST_BENCHMARKS:
        raise MeasureError(f"the suite claims more than {_MOST_BENCHMARKS} benchmarks: narrow `benchmarks: paths:`")


def _check_reached(reached: Sequence[int], watched: Sequence[object]) -> None:
    if any(number >= len(watched) for number in reached):
        raise MeasureError("the harness answered with garbage: it reached what was not watched")

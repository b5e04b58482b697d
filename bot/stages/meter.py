"""Asks the harness about benchmarks and keeps what it answers in the store; every stage that measures has a meter.

Partner: `bot/harness.py` speaks with the sandbox.
"""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from bot import counter, machine
from bot.core import reasons
from bot.core.config import METRIC_THRESHOLDS, Config
from bot.core.model import Gate, Metric, Suite
from bot.core.timing import Look
from bot.errors import MeasureError
from bot.harness import WARMUPS, Count, Cover, Harness, Instrument, Listing, Profile, Value
from bot.sandbox import Limits
from bot.store import key
from bot.workbench import Checkout, Workbench

RECIPE = 22
"""Raised whenever the same files would be counted differently than before."""
BATCH_NS = 5_000_000
"""The time of one turn of short calls, which makes up for the coarseness of the clock."""
_SMALLEST_TIMEOUT_S = 10.0


def one_core() -> tuple[str, ...]:
    """What runs in turns shares a core that we may use, so that what disturbs one side disturbs the other."""
    return ("taskset", "--cpu-list", str(min(os.sched_getaffinity(0))))


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a comparison, ready to run; `own` is head with its own benchmark files."""

    base: Checkout
    head: Checkout
    own: Checkout

    @property
    def lost_extensions(self) -> tuple[str, ...]:
        """Compiled modules that base's build made and head's did not."""
        head = set(self.head.environment.built.extensions)
        return tuple(one for one in self.base.environment.built.extensions if one not in head)


class _Answer(Protocol):
    def __init__(self, *, error: str | None = None, timeout: bool = False) -> None: ...

    @property
    def error(self) -> str | None: ...

    @property
    def timeout(self) -> bool: ...


Answer = TypeVar("Answer", bound=_Answer)


@dataclass(frozen=True, slots=True)
class Question(Generic[Answer]):
    """One kind of question about a benchmark, asked of one process for many of them."""

    name: str
    kind: type[Answer]
    instrument: Instrument
    put: Callable[[Harness, str, float], Answer]
    about: tuple[object, ...] = ()
    """What the answer depends on beside the benchmark."""


COUNT = Question("count", Count, "callgrind", lambda served, one, timeout_s: served.count(one, timeout_s))
AGAIN = Question("count again", Count, "callgrind", COUNT.put)
"""The same count once more, to see whether it is the same."""
MEMORY = Question("peak memory", Value, "none", lambda served, one, timeout_s: served.memory(one, timeout_s))
MEMORY_AGAIN = Question("peak memory again", Value, "none", MEMORY.put)
WORK = Question("work", Profile, "none", lambda served, one, timeout_s: served.profile(one, (), timeout_s))
"""Bytecodes and calls into C of one call, as a whole."""
WORK_AGAIN = Question("work again", Profile, "none", WORK.put)
LOOK = Question("look", Look, "none", lambda served, one, timeout_s: served.look(one, timeout_s))
COVER = Question("cover", Cover, "none", lambda served, one, timeout_s: served.cover(one, timeout_s))
VALUE = Question("value", Value, "none", lambda served, one, timeout_s: served.value(one, timeout_s))
VALUE_AGAIN = Question("value again", Value, "none", VALUE.put)


class Meter:
    """Counts and lists for one check; knows the store, the time limit and what has been measured already."""

    def __init__(
        self, bench: Workbench, config: Config, metric: Gate, select: str | None = None,
        *, deadline: float | None = None,
    ) -> None:  # fmt: skip
        """`deadline` is on the workbench's clock; without one, the whole budget is ahead."""
        self.bench, self.config, self.metric = bench, config, metric
        budget_s = config.budget_s
        self._select = re.compile(select) if select else None
        self._deadline = bench.clock() + budget_s if deadline is None else deadline
        self.timeout_s = max(_SMALLEST_TIMEOUT_S, budget_s / 5)
        self.limits = Limits(wall_s=max(60.0, budget_s * 2))
        self.event = None if metric == "cpu time" or counter.lacking() else counter.INSTRUCTIONS
        """What the processor counts in turns, where it is to be asked, and can."""
        self._lock = threading.Lock()
        self._done = 0

    def margin(self, benchmark: str, metric: Metric = "cpu time") -> float:
        """The smallest change of a time that gets a word."""
        return self.config.metric_threshold(metric, benchmark) or METRIC_THRESHOLDS[metric]

    def until(self, share: float) -> float:
        """When a share of the time that is left will be over, on the workbench's clock."""
        return self.bench.clock() + share * self.left_s

    @property
    def left_s(self) -> float:
        """What is left of the budget."""
        return max(0.0, self._deadline - self.bench.clock())

    @property
    def out_of_time(self) -> bool:
        """Whether the budget is spent."""
        return self.bench.clock() > self._deadline

    def place(self, kind: str, checkout: Checkout, suite: Suite, *more: object) -> str:
        """Where an answer is kept: a digest of all that determines it."""
        return key(
            RECIPE, WARMUPS, machine.counter(), kind, checkout.variant.digest, checkout.environment.key, suite.runner,
            suite.paths, dict(suite.options), dict(suite.projects), dict(checkout.env), *more,
        )  # fmt: skip

    def listing(self, checkout: Checkout, suite: Suite) -> Listing:
        """What a suite holds in a checkout, loaded once; one that does not load is not remembered."""
        place = self.place("listing", checkout, suite)
        known = self.bench.store.get(place, Listing)
        if known is None:
            with self.bench.serve(checkout, suite, "none", limits=self.limits) as served:
                known = served.listing
            if known.benchmarks or not known.errors:
                self.bench.store.put(place, known)
        return known

    def selected(self, benchmarks: Sequence[str]) -> list[str]:
        """Those of the benchmarks that were asked for."""
        return [one for one in benchmarks if self._select is None or self._select.search(one)]

    def counts(
        self, checkout: Checkout, suite: Suite, benchmarks: Sequence[str], *, seed: int, total: int = 0
    ) -> dict[str, Count]:
        """Instruction counts of some benchmarks under one hash seed: kept ones, and new ones from one process."""
        return self.ask(COUNT, checkout, suite, benchmarks, seed=seed, total=total)

    def ask(
        self,
        question: Question[Answer],
        checkout: Checkout,
        suite: Suite,
        benchmarks: Sequence[str],
        *,
        seed: int = 0,
        total: int = 0,
        until_s: float = math.inf,
    ) -> dict[str, Answer]:
        """The answer for each benchmark under one hash seed: kept ones, and new ones from one process until then."""
        kind, store = question.kind, self.bench.store
        places = {one: self.place(question.name, checkout, suite, *question.about, one, seed) for one in benchmarks}
        found = {one: known for one in benchmarks if (known := store.get(places[one], kind)) is not None}
        missing = [one for one in benchmarks if one not in found]
        self._advance(len(found), total)
        with _Serving(self, question, checkout, suite, seed, until_s) as serving:
            for one in missing:
                found[one] = serving.answer(one)
                if found[one].error is None:
                    store.put(places[one], found[one])
                self._advance(1, total)
        return found

    def _advance(self, by: int, total: int) -> None:
        if total:
            with self._lock:
                self._done += by
                self.bench.progress.step("counting instructions", done=self._done, total=total)


class _Serving(Generic[Answer]):
    """A process that answers one kind of question; started when it is needed, and again after it has failed."""

    def __init__(
        self, meter: Meter, question: Question[Answer], checkout: Checkout, suite: Suite, seed: int, until_s: float
    ) -> None:
        self._meter, self._question, self._until_s = meter, question, until_s
        self._checkout, self._suite, self._seed = checkout, suite, seed
        self._served: Harness | None = None
        self._began = False

    def answer(self, benchmark: str) -> Answer:
        """What the harness says, or an error in its place; raises MeasureError where it has never started."""
        kind, timeout_s = self._question.kind, self._meter.timeout_s
        if self._meter.out_of_time or self._meter.bench.clock() > self._until_s:
            return kind(error=reasons.SPENT, timeout=True)
        try:
            self._served = self._served or self._start()
            self._served.ready(benchmark)
            self._began = True
            answer = self._question.put(self._served, benchmark, timeout_s)
        except MeasureError as error:
            if not self._began:
                raise
            self._close()
            return kind(error=str(error))
        if answer.timeout:
            return kind(error=f"{reasons.TOO_LATE} {timeout_s:g} s", timeout=True)
        return answer

    def _start(self) -> Harness:
        meter, instrument = self._meter, self._question.instrument
        return meter.bench.serve(self._checkout, self._suite, instrument, seed=self._seed, limits=meter.limits)

    def _close(self) -> None:
        if self._served is not None:
            self._served.close()
            self._served = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

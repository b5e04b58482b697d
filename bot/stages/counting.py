"""Numbers that repeat: asked once where both sides agree, and under further hash seeds until they tell where not.

Partner: `bot/core/verdict.py` says which are asked again, and what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic

from bot.core import reasons, stats, verdict
from bot.core.model import Metric, Samples, Suite
from bot.errors import MeasureError
from bot.harness import Profile, Value, alike
from bot.stages.meter import (
    AGAIN,
    COUNT,
    MEMORY,
    MEMORY_AGAIN,
    VALUE,
    VALUE_AGAIN,
    WORK,
    WORK_AGAIN,
    Answer,
    Meter,
    Question,
    Sides,
)
from bot.workbench import Checkout


@dataclass(frozen=True, slots=True)
class Kind(Generic[Answer]):
    """A metric whose numbers come one a seed, and how they are asked for."""

    metric: Metric
    question: Question[Answer]
    again: Question[Answer]
    """The same once more under the same seed, to see whether it is the same."""
    numbers: Callable[[Sequence[Answer]], tuple[float, ...] | None]
    """What answers say that are to be compared with each other; None where one of them says nothing."""


def _whole(numbers: Iterable[float | None]) -> tuple[float, ...] | None:
    found = tuple(numbers)
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def _values(answers: Sequence[Value]) -> tuple[float, ...] | None:
    return _whole(one.value for one in answers)


def _cost(place: int) -> Callable[[Sequence[Profile]], tuple[float, ...] | None]:
    """The sums of one kind of cost, by its place in `Profile.costs`."""
    return lambda answers: _whole(
        None if one.error else float(sum(int(each[place]) for each in one.costs)) for one in answers
    )


INSTRUCTIONS = Kind("instructions", COUNT, AGAIN, lambda answers: alike(*answers))
PEAK_MEMORY = Kind("peak memory", MEMORY, MEMORY_AGAIN, _values)
BYTECODES = Kind("bytecodes", WORK, WORK_AGAIN, _cost(3))
CALLS = Kind("calls", WORK, WORK_AGAIN, _cost(4))
TRACKED = Kind("tracked", VALUE, VALUE_AGAIN, _values)


@dataclass(slots=True)
class _Asked(Generic[Answer]):
    """What one benchmark has answered: a pair of base and head for each seed, and once more under the first."""

    pairs: list[tuple[Answer, Answer]] = field(default_factory=list)
    again: tuple[Answer, Answer] | None = None
    retried: tuple[list[Answer], list[Answer]] = field(default_factory=lambda: ([], []))
    """What a side that failed alone has answered under other seeds."""

    def answers(self, side: int) -> list[Answer]:
        """All that one side (0 is base, 1 is head) has answered."""
        pairs = [*self.pairs, *([self.again] if self.again else [])]
        return [*(pair[side] for pair in pairs), *self.retried[side]]

    def failing_alone(self, side: int) -> bool:
        """Whether one side fails each time, and the other one does not; who is late is not asked again."""
        answers = self.answers(side)
        return self.answers(1 - side)[0].error is None and all(one.error and not one.timeout for one in answers)


Measured = tuple[Checkout, Suite]
"""One version of the code, and the suite that is asked about there."""


class _Ladder(Generic[Answer]):
    """Asks two versions for one kind of number."""

    def __init__(
        self, meter: Meter, before: Measured, after: Measured, kind: Kind[Answer], threshold: float | None = None
    ) -> None:
        """`threshold` is that of the configuration where none is given."""
        self._meter, self._measured, self._kind, self._limit = meter, (before, after), kind, threshold
        self._asked: dict[str, _Asked[Answer]] = {}

    def first(self, benchmarks: Sequence[str], *, total: int = 0) -> list[Samples]:
        """The samples of each under one seed."""
        if not benchmarks:
            return []
        question = self._kind.question
        first = self._both(lambda side: self._meter.ask(question, *side, benchmarks, seed=0, total=total))
        self._asked = {one: _Asked([pair]) for one, pair in first.items()}
        return [self._samples(one) for one in benchmarks]

    def climb(self, benchmarks: Sequence[str], *, total: int) -> list[Samples]:
        """The samples of each, with as many seeds as it takes to tell."""
        self.first(benchmarks, total=total)
        self._retry()
        self.again([one for one in benchmarks if verdict.needs_recount(self._samples(one), self._threshold(one))])
        return [self._samples(one) for one in benchmarks]

    def again(self, differing: Sequence[str]) -> list[Samples]:
        """The samples of those whose first pair is not enough."""
        self._repeat(differing)
        self._recount(differing, verdict.RECOUNT_SEEDS)
        self._recount([one for one in differing if self._in_doubt(one)], verdict.DOUBT_SEEDS)
        return [self._samples(one) for one in differing]

    def _in_doubt(self, benchmark: str) -> bool:
        return verdict.in_doubt(self._samples(benchmark), self._threshold(benchmark))

    def _threshold(self, benchmark: str) -> float:
        if self._limit is not None:
            return self._limit
        return self._meter.config.metric_threshold(self._kind.metric, benchmark) or 0.0

    def _retry(self) -> None:
        """A side that fails alone is asked again, so that what does not always run is not blamed on head."""
        for seed in verdict.RECOUNT_SEEDS:
            for side, measured in enumerate(self._measured):
                failing = [one for one, asked in self._asked.items() if asked.failing_alone(side)]
                for one, answer in self._further(self._kind.question, measured, failing, seed).items():
                    self._asked[one].retried[side].append(answer)

    def _repeat(self, benchmarks: Sequence[str]) -> None:
        for one, pair in self._both(lambda side: self._further(self._kind.again, side, benchmarks, 0)).items():
            self._asked[one].again = pair

    def _recount(self, benchmarks: Sequence[str], seeds: Sequence[int]) -> None:
        if not benchmarks:
            return
        what = "counting" if self._kind.metric == "instructions" else f"asking for {self._kind.metric} of"
        self._meter.bench.progress.step(f"{what} {len(benchmarks)} again with other hash seeds and layouts of memory")
        for seed in seeds:
            found = self._both(lambda side: self._further(self._kind.question, side, benchmarks, seed))  # noqa: B023
            for one, pair in found.items():
                self._asked[one].pairs.append(pair)

    def _both(self, ask: Callable[[Measured], dict[str, Answer]]) -> dict[str, tuple[Answer, Answer]]:
        """Both sides at once, a process each: what is counted does not mind what else the machine does."""
        with ThreadPoolExecutor(2) as pool:
            base, head = pool.map(ask, self._measured)
        return {one: (base[one], head[one]) for one in base}

    def _further(
        self, question: Question[Answer], measured: Measured, benchmarks: Sequence[str], seed: int
    ) -> dict[str, Answer]:
        """Further answers of one side; where nothing starts any more, what is known already is kept."""
        if not benchmarks:
            return {}
        try:
            return self._meter.ask(question, *measured, benchmarks, seed=seed)
        except MeasureError as error:
            return dict.fromkeys(benchmarks, question.kind(error=str(error)))

    def _samples(self, benchmark: str) -> Samples:
        asked, noise = self._asked[benchmark], self._noise(self._asked[benchmark])
        every = [*asked.pairs, *([asked.again] if asked.again else [])]
        answers = asked.answers(0), asked.answers(1)
        # What repeats says nothing new the second time; what does not is as good as under another seed.
        pairs = every if noise > verdict.NOT_DETERMINISTIC else asked.pairs
        whole = [one for pair in pairs if not any(one.error for one in pair) for one in pair]
        numbers = self._kind.numbers(whole) or ()
        base_error, head_error = (_always([one.error for one in side]) for side in answers)
        return Samples(
            benchmark, self._measured[0][1].runner, self._kind.metric, numbers[::2], numbers[1::2],
            base_error, head_error, noise=noise,
            lacking=next((one.error for side in answers for one in side if one.error), None),
        )  # fmt: skip

    def _noise(self, asked: _Asked[Answer]) -> float:
        """How far two answers of the same side under the same seed are apart, as a log ratio."""
        if asked.again is None:
            return 0.0
        numbers = self._kind.numbers([*asked.pairs[0], *asked.again]) or ()
        return max(map(abs, stats.log_ratios(numbers[:2], numbers[2:])), default=0.0)


def _always(errors: Sequence[str | None]) -> str | None:
    """The error of a side that never answered; what the budget cut short was not asked often enough to blame it."""
    if not errors or not all(errors):
        return None
    return reasons.SPENT if reasons.SPENT in errors else errors[0]


def sampled(
    meter: Meter, sides: Sides, suite: Suite, kind: Kind[Answer], benchmarks: Sequence[str], *, total: int = 0
) -> list[Samples]:
    """The samples of each benchmark; `total` is how many answers the progress counts up to."""
    return _Ladder(meter, (sides.base, suite), (sides.head, suite), kind).climb(benchmarks, total=total)


def compared(meter: Meter, before: Measured, after: Measured, benchmark: str, threshold: float) -> Samples:
    """The counts of one benchmark in two versions, under several seeds and repeated, whatever the first pair says."""
    ladder = _Ladder(meter, before, after, INSTRUCTIONS, threshold)
    ladder.first([benchmark])
    (samples,) = ladder.again([benchmark])
    return samples


def growing(meter: Meter, sides: Sides, suite: Suite, benchmarks: Sequence[str]) -> set[str]:
    """Those that execute more at head, by more than two counts of equal code differ by: counts explain no others."""
    try:
        base, head = (meter.counts(side, suite, benchmarks, seed=0) for side in (sides.base, sides.head))
    except MeasureError:
        return set()
    pairs = {one: alike(base[one], head[one]) for one in benchmarks}
    return {one for one, pair in pairs.items() if pair and pair[1] > pair[0] * (1 + stats.COUNT_FLOOR)}


def once(meter: Meter, sides: Sides, suite: Suite, kind: Kind[Answer], benchmarks: Sequence[str]) -> list[Samples]:
    """As `sampled`, under a single seed: enough to explain what others have shown."""
    return _Ladder(meter, (sides.base, suite), (sides.head, suite), kind).first(benchmarks)

"""Numbers that repeat: asked once where both sides agree, and under further hash seeds until they tell where not.

Partner: `bot/core/verdict.py` says which are asked again, and what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic

from bot.core import reasons, stats, verdict
from bot.core.model import Metric, Samples, Suite
from bot.errors import MeasureError
from bot.harness import alike
from bot.stages.meter import AGAIN, COUNT, Answer, Meter, Question, Sides


@dataclass(frozen=True, slots=True)
class Kind(Generic[Answer]):
    """A metric whose numbers come one a seed, and how they are asked for."""

    metric: Metric
    question: Question[Answer]
    again: Question[Answer]
    """The same once more under the same seed, to see whether it is the same."""
    numbers: Callable[[Sequence[Answer]], tuple[float, ...] | None]
    """What answers say that are to be compared with each other; None where one of them says nothing."""


INSTRUCTIONS = Kind("instructions", COUNT, AGAIN, lambda answers: alike(*answers))


@dataclass(slots=True)
class _Asked(Generic[Answer]):
    """What one benchmark has answered: a pair of base and head for each seed, and once more under the first."""

    pairs: list[tuple[Answer, Answer]] = field(default_factory=list)
    again: tuple[Answer, Answer] | None = None


class _Ladder(Generic[Answer]):
    """Asks both sides of a suite for one kind of number."""

    def __init__(self, meter: Meter, sides: Sides, suite: Suite, kind: Kind[Answer]) -> None:
        self._meter, self._sides, self._suite, self._kind = meter, sides, suite, kind
        self._asked: dict[str, _Asked[Answer]] = {}

    def climb(self, benchmarks: Sequence[str], *, total: int) -> list[Samples]:
        """The samples of each, with as many seeds as it takes to tell."""
        self._asked = {one: _Asked() for one in benchmarks}
        first = self._both(self._kind.question, benchmarks, 0, total=total)
        for one, pair in first.items():
            self._asked[one].pairs.append(pair)
        differing = [one for one in benchmarks if verdict.needs_recount(self._samples(one))]
        self._repeat(differing)
        self._recount(differing, verdict.RECOUNT_SEEDS)
        self._recount([one for one in differing if self._in_doubt(one)], verdict.DOUBT_SEEDS)
        return [self._samples(one) for one in benchmarks]

    def _in_doubt(self, benchmark: str) -> bool:
        return verdict.in_doubt(self._samples(benchmark), self._meter.config.threshold_for(benchmark))

    def _repeat(self, benchmarks: Sequence[str]) -> None:
        for one, pair in self._further(self._kind.again, benchmarks, 0).items():
            self._asked[one].again = pair

    def _recount(self, benchmarks: Sequence[str], seeds: Sequence[int]) -> None:
        if not benchmarks:
            return
        self._meter.bench.progress.step(f"counting {len(benchmarks)} again with other hash seeds and layouts of memory")
        for seed in seeds:
            for one, pair in self._further(self._kind.question, benchmarks, seed).items():
                self._asked[one].pairs.append(pair)

    def _further(
        self, question: Question[Answer], benchmarks: Sequence[str], seed: int
    ) -> dict[str, tuple[Answer, Answer]]:
        """As `_both`; where nothing starts any more, what is known already is kept."""
        try:
            return self._both(question, benchmarks, seed)
        except MeasureError as error:
            nothing = question.kind(error=str(error))
            return dict.fromkeys(benchmarks, (nothing, nothing))

    def _both(
        self, question: Question[Answer], benchmarks: Sequence[str], seed: int, *, total: int = 0
    ) -> dict[str, tuple[Answer, Answer]]:
        """Both sides at once, a process each: what is counted does not mind what else the machine does."""
        with ThreadPoolExecutor(2) as pool:
            base, head = pool.map(
                lambda side: self._meter.ask(question, side, self._suite, benchmarks, seed=seed, total=total),
                (self._sides.base, self._sides.head),
            )
        return {one: (base[one], head[one]) for one in benchmarks}

    def _samples(self, benchmark: str) -> Samples:
        asked, noise = self._asked[benchmark], self._noise(self._asked[benchmark])
        every = [*asked.pairs, *([asked.again] if asked.again else [])]
        # What repeats says nothing new the second time; what does not is as good as under another seed.
        pairs = every if noise > verdict.NOT_DETERMINISTIC else asked.pairs
        whole = [one for pair in pairs if not any(one.error for one in pair) for one in pair]
        numbers = self._kind.numbers(whole) or ()
        base_error, head_error = (_always([pair[side].error for pair in every]) for side in (0, 1))
        return Samples(
            benchmark, self._suite.runner, self._kind.metric, numbers[::2], numbers[1::2],
            base_error, head_error, noise=noise,
            lacking=next((one.error for pair in every for one in pair if one.error), None),
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
    return _Ladder(meter, sides, suite, kind).climb(benchmarks, total=total)

"""What chance makes of benchmarks that do not repeat: false alarms and power of counting, on drawn counts.

    python -m benchmarks.chance [NUMBER]

Everything is as in a check but for the counts themselves: `bot/stages/counting.py` asks, `bot/core/verdict.py` decides.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from bot.core.config import Config
from bot.core.model import Suite
from bot.core.verdict import decide
from bot.harness import Count
from bot.stages.counting import INSTRUCTIONS, sampled

Draw = Callable[[np.random.Generator, int], Any]
"""So many factors, around 1."""
AS_LARGE = 1e6


def normal(spread: float) -> Draw:
    return lambda rng, number: np.maximum(0.2, rng.normal(1.0, spread, number))


def now_and_then(part: float, more: float) -> Draw:
    """Another way through the code, that is taken by a part of the calls."""
    return lambda rng, number: 1.0 + more * (rng.random(number) < part)


def none(_rng: np.random.Generator, number: int) -> Any:
    return np.ones(number)


@dataclass(frozen=True)
class Meter:
    """Stands in for a check's meter: each answer is drawn, and head's is larger by a factor.

    `by_seed` is the same for both sides under the same seed, as what goes by the order of sets.
    """

    draw: Draw
    factor: float = 1.0
    by_seed: Draw = none
    config: Config = field(default_factory=Config)
    bench: Any = field(default_factory=lambda: SimpleNamespace(progress=SimpleNamespace(step=lambda *_, **__: None)))

    def ask(
        self, question: Any, side: str, _suite: Suite, benchmarks: Sequence[str], *, seed: int, **_: object
    ) -> Mapping[str, Count]:
        rng = np.random.default_rng([ord(question.name[-1]), ord(side[0]), seed])
        found = self.draw(rng, len(benchmarks)) * self.by_seed(np.random.default_rng(seed), len(benchmarks))
        counts = found * AS_LARGE * (self.factor if side == "head" else 1.0)
        return dict(zip(benchmarks, map(Count, counts.tolist()), strict=True))


def words(meter: Meter, number: int) -> Counter[str]:
    """What is said of so many benchmarks."""
    sides: Any = SimpleNamespace(base="base", head="head")
    asked: Any = meter
    found = sampled(asked, sides, Suite("functions", ()), INSTRUCTIONS, [f"bench_{one}" for one in range(number)])
    return Counter(decide(samples, 0.01).verdict for samples in found)


NOISES: Mapping[str, Draw] = {
    **{f"normal, {spread:.1%}": normal(spread) for spread in (0.001, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)},
    "one call in ten costs 20% more": now_and_then(0.1, 0.2),
    "one call in ten costs three times as much": now_and_then(0.1, 2.0),
    "half of the calls cost 5% more": now_and_then(0.5, 0.05),
}


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print("| noise of a count | false alarms | +1.5% is found | +5% is found | +20% is found |\n|:--|--:|--:|--:|--:|")
    for name, draw in NOISES.items():
        same = words(Meter(draw), number)
        found = [words(Meter(draw, factor), number // 10)["regression"] * 10 / number for factor in (1.015, 1.05, 1.2)]
        false = (same["regression"] + same["improvement"]) / number
        print(f"| {name} | {false:.3%} | {' | '.join(f'{one:.1%}' for one in found)} |")


if __name__ == "__main__":
    main()

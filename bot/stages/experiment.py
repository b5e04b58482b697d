"""The second half of diagnose: takes changes of head back, in ever smaller groups, and counts what is left.

Partner: `bot/core/experiment.py` decides what to try, `bot/core/cuts.py` what can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bot.core import cuts as cutting
from bot.core.changed import Changed
from bot.core.cuts import Cut
from bot.core.diagnose import Cause, Costs, Experiment, on_the_path, prior
from bot.core.experiment import ENOUGH, Outcome, SpentError, search
from bot.core.model import Suite
from bot.core.source import MODULE
from bot.core.verdict import RECOUNT_SEEDS
from bot.errors import MeasureError
from bot.git import Variant
from bot.stages.meter import Meter, Sides
from bot.stages.prepare import Preparer

MOST_RELATED = 300
"""Cuts of which it is looked up what they need; of more only those on the benchmark's path are tried."""
MOST_AT_ONCE = 4
"""Regressions on which the first trial is made at once: what the profile names mostly explains them all."""
MOST_VARIANTS = 12
"""Variants of head that are counted to explain one regression; then the best answer so far is given."""


class Laboratory:
    """Counts variants of head for the regressions of one suite."""

    def __init__(self, sides: Sides, preparer: Preparer, meter: Meter, suite: Suite) -> None:
        self._sides, self._preparer, self._meter, self._suite = sides, preparer, meter, suite
        self._variants: set[str] = set()
        self.seconds = 0.0
        self.base, self.head = sides.base.variant, sides.head.variant

    @property
    def variants(self) -> int:
        """How many have been counted."""
        return len(self._variants)

    def experiments(
        self, benchmarks: Sequence[str], taken: Collection[Cut], seeds: Sequence[int] = (0,)
    ) -> dict[str, Experiment]:
        """What is left of each benchmark's growth without these changes; nothing where that is no program, or fails."""
        files = cutting.taken_back(taken, self.base, self.head)
        if not files or not benchmarks:
            return {}
        if self._meter.out_of_time:
            raise SpentError
        variant = Variant(
            self.head.tree, {**self.head.replaced, **{path: text.encode() for path, text in files.items()}}
        )
        self._meter.bench.progress.step(f"taking changes back that may explain {benchmarks[0]}")
        began = self._meter.bench.clock()
        self._variants.add(variant.digest)
        try:
            return self._counted(benchmarks, variant, seeds)
        except MeasureError:
            return {}  # it does not build without the changes: there is no such experiment
        finally:
            self.seconds += self._meter.bench.clock() - began

    def _counted(self, benchmarks: Sequence[str], variant: Variant, seeds: Sequence[int]) -> dict[str, Experiment]:
        sides, meter = self._sides, self._meter
        checkout = self._preparer.checkout("head", variant, sides.head.environment)
        with ThreadPoolExecutor(2) as pool:
            left = list(pool.map(lambda seed: meter.counts(checkout, self._suite, benchmarks, seed=seed), seeds))
        base, head = (
            [meter.counts(side, self._suite, benchmarks, seed=seed) for seed in seeds]
            for side in (sides.base, sides.head)
        )
        found = {}
        for one in benchmarks:
            counted = [[answer[one].instructions for answer in side] for side in (base, head, left)]
            counts = tuple(
                (was, is_, rest)
                for was, is_, rest in zip(*counted, strict=True)
                if was is not None and is_ is not None and rest is not None and was != is_
            )
            if counts:
                found[one] = Experiment(counts)
        return found


def explain(
    laboratory: Laboratory,
    candidates: Sequence[Changed],
    profiles: Mapping[str, tuple[Costs, Costs, Mapping[Changed, float]]],
) -> dict[str, Cause]:
    """The cause of each regression; `profiles` has the costs of both sides and each function's growth, largest first.

    Regressions of one pull request mostly have one cause: what explains one is tried on all the others.
    """
    found: dict[str, Cause] = {}
    for benchmark, (base, head, grown) in profiles.items():
        if benchmark in found:
            continue
        waiting = [one for one in profiles if one not in found]
        cause = _explain(laboratory, waiting, candidates, grown, base, head)
        sure = _surely(laboratory, waiting, (*cause.cuts, *cause.needed))
        shown = sure.pop(benchmark, None)
        found[benchmark] = Cause(alone=cause.alone) if shown is None else replace(cause, experiment=shown)
        for one, experiment in sure.items():
            if experiment.share >= ENOUGH:
                found[one] = replace(cause, experiment=experiment, alone={})
    return found


def _surely(laboratory: Laboratory, benchmarks: Sequence[str], taken: Collection[Cut]) -> dict[str, Experiment]:
    """Trials under several hash seeds, as base and head were counted under them."""
    try:
        return laboratory.experiments(benchmarks, taken, (0, *RECOUNT_SEEDS)) if taken else {}
    except SpentError:
        return {}


def _explain(
    laboratory: Laboratory,
    benchmarks: Sequence[str],
    candidates: Sequence[Changed],
    grown: Mapping[Changed, float],
    base: Costs,
    head: Costs,
) -> Cause:
    """First whole functions, then the hunks of those that explain the first benchmark; shown by one count alone."""
    benchmark = benchmarks[0]
    tried = set[frozenset[Cut]]()

    def attempt(cuts: Sequence[Cut]) -> Callable[[frozenset[int]], float | None]:
        def share(taken: frozenset[int]) -> float | None:
            chosen = frozenset(cuts[place] for place in taken)
            if len(tried) >= MOST_VARIANTS:
                raise SpentError
            asked = benchmarks[:1] if tried else benchmarks[:MOST_AT_ONCE]
            tried.add(chosen)
            experiment = laboratory.experiments(asked, chosen).get(benchmark)
            return experiment.share if experiment else None

        return share

    coarse = _with_needed(laboratory, candidates, set(on_the_path(candidates, base, head)))
    first = _search(coarse, laboratory, prior(coarse, grown, base, head), attempt(coarse))
    alone = _alone(coarse, first)
    if not first.smallest:
        return Cause(alone=alone)
    fine = [
        part
        for place in sorted(first.smallest)
        for part in cutting.apart(coarse[place], laboratory.base, laboratory.head)
    ]
    cuts, found = coarse, first
    if len(fine) > len(first.smallest):
        second = _search(fine, laboratory, prior(fine, grown, base, head), attempt(fine))
        if second.share >= ENOUGH * first.share:
            cuts, found = tuple(fine), second
    # Hunks of one function that go back together only cannot be told apart: how often a line runs says little.
    named = {cuts[place].changed for place in found.guilty}
    guilty = tuple(cuts[place] for place in sorted(found.smallest) if cuts[place].changed in named)
    needed = tuple(cuts[place] for place in sorted(found.smallest) if cuts[place].changed not in named)
    functions = tuple(coarse[place] for place in sorted(first.smallest))
    return Cause(guilty, needed, functions, None, alone, first.minimal and found.minimal)


def _with_needed(
    laboratory: Laboratory, candidates: Sequence[Changed], reached: Collection[Changed]
) -> tuple[Cut, ...]:
    """The cuts on a benchmark's path, and those that they need: a constructor runs before what is measured."""
    every = cutting.whole(candidates)
    if len(every) > MOST_RELATED:
        return tuple(cut for cut in every if cut.changed in reached)
    needed = cutting.needs(every, laboratory.base, laboratory.head)
    kept, waiting = set[int](), [place for place, cut in enumerate(every) if cut.changed in reached]
    while waiting:
        place = waiting.pop()
        if place not in kept:
            kept.add(place)
            waiting += needed[place]
    # Where the profile cannot tell, a function is likelier than an import that it needs.
    return tuple(every[place] for place in sorted(kept, key=lambda place: (every[place].changed.name == MODULE, place)))


def _search(
    cuts: Sequence[Cut],
    laboratory: Laboratory,
    charged: Sequence[float],
    share: Callable[[frozenset[int]], float | None],
) -> Outcome:
    return search(charged, share, needs=cutting.needs(cuts, laboratory.base, laboratory.head))


def _alone(cuts: Sequence[Cut], outcome: Outcome) -> dict[Changed, float]:
    """What each function does by itself, where that was tried."""
    found: dict[Changed, float] = {}
    for place, cut in enumerate(cuts):
        share = outcome.share_of({place})
        if share is not None:
            found[cut.changed] = max(share, found.get(cut.changed, share))
    return found

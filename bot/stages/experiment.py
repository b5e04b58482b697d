"""The second half of diagnose: takes changes of head back, in ever smaller groups, and counts what is left.

Partner: `bot/core/experiment.py` decides what to try, `bot/core/cuts.py` what can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from bot.core import cuts as cutting
from bot.core.changed import Changed
from bot.core.cuts import Cut
from bot.core.diagnose import Cause, Costs, Experiment, on_the_path, prior
from bot.core.experiment import ENOUGH, Outcome, SpentError, Unseen, closed, search
from bot.core.model import Suite
from bot.core.source import MODULE
from bot.core.verdict import RECOUNT_SEEDS
from bot.errors import MeasureError
from bot.git import Variant
from bot.harness import alike
from bot.stages.counting import growing
from bot.stages.meter import Meter, Sides
from bot.stages.prepare import Preparer

MOST_RELATED = 300
"""Cuts of which it is looked up what they need; of more only those on the benchmark's path are tried."""
_Profile = tuple[Costs, Costs, Mapping[Changed, float]]
"""The costs of both sides, and by how much each function has grown."""
Runs = Callable[[], Mapping[str, Mapping[Changed, str]]]
"""By benchmark, where changed functions run outside of the measured call, in words; asked for only where it matters."""
MOST_AT_ONCE = 4
"""Regressions on which the first trial is made at once: what the profile names mostly explains them all."""
MOST_VARIANTS = 12
"""Variants of head that are counted to explain one regression; then the best answer so far is given."""


class Laboratory:
    """Counts variants of head for the regressions of one suite."""

    def __init__(self, sides: Sides, preparer: Preparer, meter: Meter, suite: Suite) -> None:
        self._sides, self._preparer, self._meter, self._suite = sides, preparer, meter, suite
        self._both = sides.base, sides.head
        self._variants: set[str] = set()
        self.seconds = 0.0
        self.base, self.head = sides.base.variant, sides.head.variant

    @property
    def variants(self) -> int:
        """How many have been counted."""
        return len(self._variants)

    def growing(self, benchmarks: Sequence[str]) -> set[str]:
        """Those that experiments can explain."""
        return growing(self._meter, self._sides, self._suite, benchmarks)

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
        base, head = ([meter.counts(side, self._suite, benchmarks, seed=seed) for seed in seeds] for side in self._both)
        found = {}
        for one in benchmarks:
            known = (alike(*(answer[one] for answer in under)) for under in zip(base, head, left, strict=True))
            counts = tuple((was, is_, rest) for was, is_, rest in filter(None, known) if was != is_)
            if counts:
                found[one] = Experiment(counts)
        return found


def explain(
    laboratory: Laboratory, candidates: Sequence[Changed], profiles: Mapping[str, _Profile], runs: Runs
) -> dict[str, Cause]:
    """The cause of each regression, of which `profiles` has the largest first.

    Regressions of one pull request mostly have one cause: what explains one is tried on all the others.
    """
    growing = laboratory.growing(list(profiles))
    found = {one: Cause() for one in profiles if one not in growing}
    paths = {one: set(on_the_path(candidates, base, head)) for one, (base, head, _) in profiles.items()}
    for benchmark, profile in profiles.items():
        if benchmark in found:
            continue
        waiting = [one for one in profiles if one not in found]
        scope = _scope(laboratory, candidates, paths[benchmark])
        cause = _explain(laboratory, waiting, scope, profile, runs)
        sure = _surely(laboratory, waiting, (*cause.cuts, *cause.needed))
        shown = sure.pop(benchmark, None)
        found[benchmark] = Cause(alone=cause.alone) if shown is None else replace(cause, experiment=shown)
        for kept, ones in _alike(cause, benchmark, sure, paths).items():
            own, again = cause, sure
            if kept != cause.cuts:
                own = _narrowed(laboratory, cause, kept)
                again = _surely(laboratory, ones, (*own.cuts, *own.needed))
            explained = [one for one in ones if one in again and again[one].share >= ENOUGH]
            found |= {one: replace(own, experiment=again[one], alone={}) for one in explained}
    return {one: _located(cause, one, paths[one], runs) for one, cause in found.items()}


def _alike(
    cause: Cause, benchmark: str, sure: Mapping[str, Experiment], paths: Mapping[str, set[Changed]]
) -> dict[tuple[Cut, ...], list[str]]:
    """Other benchmarks that the cause of one explains, by those of its cuts that lie on their own paths.

    What this one does not run either, such as what runs at import, is theirs as well.
    """
    found: dict[tuple[Cut, ...], list[str]] = {}
    for one, experiment in sure.items():
        foreign = paths[benchmark] - paths[one]
        kept = tuple(cut for cut in cause.cuts if cut.changed not in foreign)
        if kept and experiment.share >= ENOUGH:
            found.setdefault(kept, []).append(one)
    return found


def _narrowed(laboratory: Laboratory, cause: Cause, kept: Sequence[Cut]) -> Cause:
    """Some cuts of a cause, with those of the others that they need."""
    every = [*kept, *(cut for cut in (*cause.cuts, *cause.needed) if cut not in kept)]
    taken = closed(range(len(kept)), cutting.needs(every, laboratory.base, laboratory.head))
    needed = tuple(every[place] for place in sorted(taken) if place >= len(kept))
    functions = {cut.changed for cut in (*kept, *needed)}
    whole = tuple(cut for cut in cause.whole if cut.changed in functions)
    return replace(cause, cuts=tuple(kept), needed=needed, whole=whole)


def _located(cause: Cause, benchmark: str, path: Collection[Changed], runs: Runs) -> Cause:
    """With where its functions run that the measured call does not."""
    outside = dict.fromkeys(cut.changed for cut in cause.cuts if cut.changed not in path)
    if not outside:
        return cause
    where = runs().get(benchmark, {})
    return replace(cause, outside={one: where.get(one, "") for one in outside})


def _surely(laboratory: Laboratory, benchmarks: Sequence[str], taken: Collection[Cut]) -> dict[str, Experiment]:
    """Trials under several hash seeds, as base and head were counted under them."""
    try:
        return laboratory.experiments(benchmarks, taken, (0, *RECOUNT_SEEDS)) if taken else {}
    except SpentError:
        return {}


def _explain(
    laboratory: Laboratory,
    benchmarks: Sequence[str],
    scope: _Scope,
    profile: _Profile,
    runs: Runs,
) -> Cause:
    """First whole functions, then the hunks of those that explain the first benchmark; shown by one count alone."""
    benchmark, (base, head, grown) = benchmarks[0], profile
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

    coarse = scope.cuts
    first = search(
        prior(coarse, grown, base, head), attempt(coarse), needs=scope.needs, unseen=scope.unseen(benchmark, runs)
    )
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
        needed = cutting.needs(fine, laboratory.base, laboratory.head)
        second = search(prior(fine, grown, base, head), attempt(fine), needs=needed)
        if second.share >= ENOUGH * first.share:
            cuts, found = tuple(fine), second
    # Hunks of one function that go back together only cannot be told apart: how often a line runs says little.
    named = {cuts[place].changed for place in found.guilty}
    guilty = tuple(cuts[place] for place in sorted(found.smallest) if cuts[place].changed in named)
    needed_too = tuple(cuts[place] for place in sorted(found.smallest) if cuts[place].changed not in named)
    functions = tuple(coarse[place] for place in sorted(first.smallest))
    return Cause(guilty, needed_too, functions, None, alone, first.minimal and found.minimal)


@dataclass(frozen=True, slots=True)
class _Scope:
    """The cuts that may explain a regression, first those on the benchmark's path with what they need."""

    cuts: tuple[Cut, ...]
    seen: int
    """How many these are: of the others the profile knows nothing."""
    needs: tuple[frozenset[int], ...]

    def unseen(self, benchmark: str, runs: Runs) -> Unseen:
        """The others, of which those are likely that were seen to run outside of the measured call."""
        places = range(self.seen, len(self.cuts))

        def likely() -> list[int]:
            known = runs().get(benchmark, {})
            return [place for place in places if self.cuts[place].changed in known]

        return Unseen(places, likely)


def _scope(laboratory: Laboratory, candidates: Sequence[Changed], reached: Collection[Changed]) -> _Scope:
    """All cuts; a constructor runs before what is measured, and what runs at import decides what is there to be run."""
    base, head = laboratory.base, laboratory.head
    every = cutting.whole(candidates)
    if len(every) > MOST_RELATED:
        seen = tuple(cut for cut in every if cut.changed in reached)[:MOST_RELATED]
        return _Scope(seen, len(seen), cutting.needs(seen, base, head))
    needed = cutting.needs(every, base, head)
    kept = closed((place for place, cut in enumerate(every) if cut.changed in reached), needed)
    # Where the profile cannot tell, a function is likelier than an import that it needs.
    order = sorted(range(len(every)), key=lambda place: (place not in kept, every[place].changed.name == MODULE, place))
    cuts, at = tuple(every[place] for place in order), {place: number for number, place in enumerate(order)}
    others = (frozenset(at[other] for other in needed[place]) for place in order[len(kept) :])
    return _Scope(cuts, len(kept), (*cutting.needs(cuts[: len(kept)], base, head), *others))


def _alone(cuts: Sequence[Cut], outcome: Outcome) -> dict[Changed, float]:
    """What each function does by itself, where that was tried."""
    found: dict[Changed, float] = {}
    for place, cut in enumerate(cuts):
        share = outcome.share_of({place})
        if share is not None:
            found[cut.changed] = max(share, found.get(cut.changed, share))
    return found

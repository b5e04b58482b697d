"""Finds the smallest set of changes that explains a regression, by taking changes back and measuring what is left.

Delta debugging (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002) with a measured share
in place of pass and fail, and with a profile's guess of where to begin. Partner: `bot/stages/diagnose.py` measures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ENOUGH = 0.9
"""A set explains a regression when taking it back removes this much of what taking everything back removes."""
FEW = 4
"""So many changes are tried one by one, which also says who does how much; more are halved first."""
LITTLE = 0.1
"""Less than this is nothing; shares of several that differ by more from that of all together are an interaction."""

Set = frozenset[int]
Measure = Callable[[Set], float | None]
"""The share of the growth that goes away when a set of changes is taken back; None where that cannot be measured.

It raises SpentError when nothing more may be tried.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the experiments have shown."""

    smallest: Set = frozenset()
    """The smallest set that was found to explain the regression; empty where none does."""
    share: float = 0.0
    minimal: bool = False
    """Whether every smaller set was tried, as far as delta debugging goes; False when the time for it was spent."""
    guilty: Set = frozenset()
    """Those of the smallest set that were meant; the others are in it because these need them."""
    tried: tuple[tuple[Set, float | None], ...] = ()
    """Every set that was measured, in that order."""

    def share_of(self, taken: Collection[int]) -> float | None:
        """What taking exactly this set back removes, where it was measured."""
        return dict(self.tried).get(frozenset(taken))


@dataclass(frozen=True, slots=True)
class Unseen:
    """Changes of which the profile knows nothing, tried where the others explain less than enough."""

    places: Collection[int] = ()
    likely: Callable[[], Collection[int]] = field(default=tuple)
    """Those of them that come first; asked for only where all together explain something."""


_NONE = Unseen()


class SpentError(Exception):
    """Nothing more may be tried: the answer is the best one so far."""


def closed(wanted: Iterable[int], needs: Sequence[Collection[int]]) -> Set:
    """A set with all that has to be taken back with it."""
    found, waiting = set[int](), list(wanted)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += needs[one]
    return frozenset(found)


class _Bench:
    """Measures each closed set once."""

    def __init__(self, measure: Measure, needs: Sequence[Collection[int]]) -> None:
        self._measure, self._needs = measure, needs
        self.known: dict[Set, float | None] = {}

    def closed(self, wanted: Iterable[int]) -> Set:
        """The set with all that has to be taken back with it."""
        return closed(wanted, self._needs)

    def share(self, wanted: Iterable[int]) -> float | None:
        """What taking the set back removes."""
        taken = self.closed(wanted)
        if not taken:
            return 0.0
        if taken not in self.known:
            self.known[taken] = self._measure(taken)
        return self.known[taken]


def search(
    prior: Sequence[float],
    measure: Measure,
    *,
    needs: Sequence[Collection[int]] = (),
    unseen: Unseen = _NONE,
) -> Outcome:
    """The smallest set of `len(prior)` changes that explains a regression.

    `prior` says how much a profile charges to each change, `needs` what has to be taken back with it.
    """
    bench = _Bench(measure, needs or [()] * len(prior))
    seen = (one for one in range(len(prior)) if one not in unseen.places)
    order: Sequence[int] = sorted(seen, key=lambda one: (-prior[one], one))
    best: Set = frozenset()
    minimal = False
    try:
        best = _explaining(bench, order, prior)
        seen_alone = len(order)
        if unseen.places and (bench.share(best) or 0.0) < ENOUGH:
            best, order = _beyond(bench, best, order, unseen)
        best = best or _singly(bench, order)
        if best:
            goal = ENOUGH * (bench.known[best] or 0.0)
            for smaller in _smaller(bench, best, order, prior, goal, brief=len(order) > seen_alone):
                best = smaller
            minimal = True
    except SpentError:
        best = best or _most_telling(bench)
    return Outcome(
        best, bench.known.get(best) or 0.0, minimal, _guilty(bench, best, order), tuple(bench.known.items())
    )  # fmt: skip


def _guilty(bench: _Bench, found: Set, order: Sequence[int]) -> Set:
    """The likeliest ones that bring all the others with them."""
    kept: list[int] = []
    for one in order:
        if one in found and one not in bench.closed(kept):
            kept = [other for other in kept if other not in bench.closed([one])] + [one]
    return frozenset(kept)


def _explaining(bench: _Bench, order: Sequence[int], prior: Sequence[float]) -> Set:
    """A first set that explains something: what the profile names, or everything; empty where neither does."""
    leading = _leading(order, prior)
    if (bench.share(leading) or 0.0) >= ENOUGH:
        return bench.closed(leading)
    return bench.closed(order) if (bench.share(order) or 0.0) > LITTLE else frozenset()


def _beyond(bench: _Bench, found: Set, order: Sequence[int], unseen: Unseen) -> tuple[Set, Sequence[int]]:
    """A first set with what the profile does not see, where that explains more; and who is likelier than whom."""
    every = bench.closed([*order, *unseen.places])
    whole = bench.share(every)
    if whole is not None and whole <= (bench.share(found) or 0.0) + LITTLE:
        return found, order
    likely = list(unseen.likely())
    rest = [one for one in unseen.places if one not in likely]
    ranked = [*likely, *order, *rest] if found else [*likely, *rest, *order]
    goal = ENOUGH * (whole or 1.0)
    few = [[one] for one in likely] if len(likely) <= FEW else []
    for wanted in (*few, likely):
        fewer = bench.closed([*wanted, *found])
        if (bench.share(fewer) or 0.0) >= goal:
            return fewer, ranked
    return (found if whole is None else every), ranked


def _singly(bench: _Bench, order: Sequence[int]) -> Set:
    """All together cannot be run, or hide each other: one after the other."""
    for one in order:
        if (bench.share([one]) or 0.0) >= ENOUGH:
            return bench.closed([one])
    return _most_telling(bench)


def _leading(order: Sequence[int], prior: Sequence[float]) -> list[int]:
    """The fewest changes to which the profile charges nearly everything; all where it charges nothing to any."""
    goal, found, charged = ENOUGH * sum(prior), list[int](), 0.0
    if not goal:
        return list(order)
    for one in order:
        found.append(one)
        charged += prior[one]
        if charged >= goal:
            break
    return found


def _most_telling(bench: _Bench) -> Set:
    told = [(share, taken) for taken, share in bench.known.items() if share is not None and share > LITTLE]
    return max(told, key=lambda item: (item[0] - LITTLE * len(item[1]) / 10, -len(item[1])), default=(0.0, Set()))[1]


def _smaller(
    bench: _Bench, found: Set, order: Sequence[int], prior: Sequence[float], goal: float, *, brief: bool
) -> Iterator[Set]:
    """Ever smaller sets that still reach the goal; `brief` where it is not asked what the others do by themselves."""
    parts = 2
    while len(found) > 1:
        ranked = [one for one in order if one in found]
        if len(found) <= FEW and (settled := _additive(bench, ranked, found, goal, brief=brief)):
            yield settled
            return
        smaller = _reaching(bench, _pieces(ranked, parts, prior), found, goal)
        if smaller:
            parts = 2
            found = smaller
            yield found
        elif parts >= len(ranked):
            return
        else:
            parts = min(2 * parts, len(ranked))


def _additive(bench: _Bench, ranked: Sequence[int], found: Set, goal: float, *, brief: bool) -> Set:
    """The answer that the changes give one by one; empty where they do not add up, so that they interact."""
    alone = dict[int, float]()
    for one in ranked:
        alone[one] = bench.share([one]) or 0.0
        if brief and alone[one] >= goal:
            return bench.closed([one])
    strongest = sorted(ranked, key=lambda one: -alone[one])
    if alone[strongest[0]] >= goal:
        return bench.closed(strongest[:1])
    if abs(sum(alone.values()) - (bench.share(found) or 0.0)) > LITTLE:
        return frozenset()
    kept = next(strongest[:n] for n in range(1, len(strongest) + 1) if _adds_up(alone, strongest[:n], goal))
    return bench.closed(kept) if (bench.share(kept) or 0.0) >= goal else frozenset()


def _adds_up(alone: Mapping[int, float], kept: Sequence[int], goal: float) -> bool:
    return len(kept) == len(alone) or sum(alone[one] for one in kept) >= goal


def _pieces(ranked: Sequence[int], number: int, prior: Sequence[float]) -> list[list[int]]:
    """Where only two are asked for, the likeliest is a piece of its own, or the likelier half where none stands out."""
    if number == 2:
        first = 1 if prior[ranked[0]] > prior[ranked[1]] else len(ranked) // 2
        return [list(ranked[:first]), list(ranked[first:])]
    return [list(ranked[at::number]) for at in range(number)]


def _reaching(bench: _Bench, pieces: Sequence[Sequence[int]], found: Set, goal: float) -> Set:
    """A part that reaches the goal, or what is left without one."""
    rests = [[one for one in found if one not in piece] for piece in reversed(pieces)] if len(pieces) > 2 else []
    for wanted in (*pieces, *rests):
        taken = bench.closed(wanted)
        if taken < found and (bench.share(taken) or 0.0) >= goal:
            return taken
    return frozenset()

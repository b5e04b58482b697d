"""Which of the functions that the diff touches explain a regression: profiles say where to look, experiments decide.

Partner: `bot/stages/diagnose.py` takes the profiles and does the experiments.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.core.changed import Changed
from bot.core.cuts import Cut
from bot.core.experiment import LITTLE
from bot.core.model import Hunk, Suspect
from bot.core.source import MODULE
from bot.core.stats import COUNT_FLOOR
from bot.core.text import percent

C_CALL_WEIGHT = 8
"""What a call into C counts for against one bytecode; a ranking aid, since shares come from experiments."""
SMALLEST_SHARE = 0.02
_MOST_LINES = 3
_Key = TypeVar("_Key")
Place = tuple[str, int]
"""A line of a file."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call of a benchmark spent in a watched function and in what it called."""

    calls: int = 0
    bytecodes: int = 0
    c_calls: int = 0

    @property
    def weight(self) -> int:
        """One number to rank by."""
        return self.bytecodes + C_CALL_WEIGHT * self.c_calls


@dataclass(frozen=True, slots=True)
class Costs:
    """The profile of one side, laid over what the diff touches."""

    functions: Mapping[Changed, Cost]
    lines: Mapping[Place, Cost]
    """What each line executes itself."""
    calls: Mapping[tuple[str, int, str, int], int] = field(default_factory=dict)
    """How often a line (path, line) calls a function (path, first line)."""
    total: int = 0
    """What the whole benchmark weighs."""

    def of(self, one: Changed) -> Cost:
        """What a changed function costs; nothing where it does not exist."""
        return self.functions.get(one, Cost())


def on_the_path(candidates: Sequence[Changed], base: Costs, head: Costs) -> tuple[Changed, ...]:
    """The changed functions that a benchmark executes on either side, and module level, whose names any may use.

    Where a side could not be profiled, it may be any of them.
    """
    if not (base.total and head.total):
        return tuple(candidates)
    return tuple(one for one in candidates if base.of(one).calls or head.of(one).calls or one.name == MODULE)


def growth(candidates: Sequence[Changed], base: Costs, head: Costs) -> dict[Changed, float]:
    """By how much each function weighs more at head, without cost that only moved from one to another."""
    grown = {at: float(head.of(one).weight - base.of(one).weight) for at, one in enumerate(candidates)}
    sides = [_Callers.of(candidates, costs, side) for costs, side in ((base, "base"), (head, "head"))]
    left = without_shifts(grown, lambda one, other: any(side.relate(one, other) for side in sides))
    return {candidates[at]: weight for at, weight in left.items()}


def without_shifts(grown: Mapping[_Key, float], linked: Callable[[_Key, _Key], bool]) -> dict[_Key, float]:
    """Growth without what a linked one has lost: cost that moved and did not grow in total is no regression."""
    left = dict(grown)
    for one in sorted((one for one in left if left[one] > 0), key=lambda one: -left[one]):
        for other in sorted((other for other in left if left[other] < 0), key=lambda other: left[other]):
            if linked(one, other):
                moved = min(left[one], -left[other])
                left[one] -= moved
                left[other] += moved
    return left


@dataclass(frozen=True, slots=True)
class _Callers:
    """By what each changed function is called on one side; functions by their number, of which there may be many."""

    of_each: Sequence[set[int | Place]]
    everywhere: Sequence[bool]
    """Which of them both sides have."""

    @classmethod
    def of(cls, candidates: Sequence[Changed], costs: Costs, side: str) -> _Callers:
        numbers = {one: at for at, one in enumerate(candidates)}
        found: list[set[int | Place]] = [set() for _ in candidates]
        for caller, callee in _called(candidates, costs, side):
            found[numbers[callee]].add(numbers[caller] if isinstance(caller, Changed) else caller)
        return cls(found, [one.base is not None and one.head is not None for one in candidates])

    def relate(self, one: int, other: int) -> bool:
        """Whether one calls the other, or one function calls both while only one of them is on both sides."""
        callers, its = self.of_each[one], self.of_each[other]
        if one in its or other in callers:
            return True
        return not (self.everywhere[one] and self.everywhere[other]) and not callers.isdisjoint(its)


def _called(candidates: Sequence[Changed], costs: Costs, side: str) -> Iterator[tuple[Changed | Place, Changed]]:
    """Which changed function is called, and by which other one or by which line of the rest."""
    places = {_start(one, side): one for one in candidates}
    starts: dict[str, list[int]] = {}
    for path, start in sorted(places):
        starts.setdefault(path, []).append(start)
    for path, line, callee_path, callee_line in costs.calls:
        callee = places.get((callee_path, callee_line))
        if callee is not None:
            there = starts.get(path, [])
            at = bisect_right(there, line) - 1
            caller = places[path, there[at]] if at >= 0 else None
            yield caller if caller is not None and _holds(caller, side, path, line) else (path, line), callee


def _start(one: Changed, side: str) -> Place:
    path, function = (one.base_path, one.base) if side == "base" else (one.path, one.head)
    return path, function.start if function else -1


def _holds(one: Changed, side: str, path: str, line: int) -> bool:
    its, function = (one.base_path, one.base) if side == "base" else (one.path, one.head)
    return its == path and function is not None and function.start <= line <= function.end


def prior(cuts: Sequence[Cut], grown: Mapping[Changed, float], base: Costs, head: Costs) -> list[float]:
    """How much the profile charges to each cut: its function's growth, divided by that of the lines themselves."""
    lines = [max(0.0, _lines_weigh(cut, head, "head") - _lines_weigh(cut, base, "base")) for cut in cuts]
    together: dict[Changed, list[float]] = {}
    for cut, own in zip(cuts, lines, strict=True):
        together.setdefault(cut.changed, []).append(own)
    found = []
    for cut, own in zip(cuts, lines, strict=True):
        mine = together[cut.changed]
        part = own / sum(mine) if sum(mine) else 1 / len(mine)
        found.append(part * max(0.0, grown.get(cut.changed, 0.0)))
    return found


def _lines_weigh(cut: Cut, costs: Costs, side: str) -> int:
    path = cut.changed.base_path if side == "base" else cut.changed.path
    lines = (line for hunk in cut.hunks for line in (hunk.old_changed if side == "base" else hunk.new_changed))
    return sum(costs.lines.get((path, line), Cost()).weight for line in lines)


@dataclass(frozen=True, slots=True)
class Experiment:
    """What one call of a benchmark costs at base, at head, and at head with some changes taken back; one row a seed."""

    counts: tuple[tuple[float, float, float], ...]

    @property
    def share(self) -> float:
        """The part of the growth that goes away with the changes; 1 is all of it."""
        base, head, left = self.counts[0]
        return (head - left) / (head - base)

    @property
    def interval(self) -> tuple[float, float]:
        """The range of the share over all seeds, with what two counts of equal code may differ by."""
        shares = [(head - left) / (head - base) for base, head, left in self.counts if head != base]
        base, head, _ = self.counts[0]
        slack = COUNT_FLOOR * head / abs(head - base)
        return min(shares) - slack, max(shares) + slack


@dataclass(frozen=True, slots=True)
class Cause:
    """What the experiments on one benchmark have shown."""

    cuts: tuple[Cut, ...] = ()
    """The smallest set that explains the regression; empty where none was found."""
    needed: tuple[Cut, ...] = ()
    """What had to be taken back with them, because they need it."""
    whole: tuple[Cut, ...] = ()
    """The functions that these are parts of, with what they need; taken back where a part of them is not enough."""
    experiment: Experiment | None = None
    """That of taking them back."""
    alone: Mapping[Changed, float] = field(default_factory=dict)
    """What taking one function's changes back removes, where that was tried."""
    minimal: bool = True
    outside: Mapping[Changed, str] = field(default_factory=dict)
    """Where those run that the measured call does not, in words, or "" where nobody has seen it."""


def suspects(
    benchmark: str, grown: Mapping[Changed, float], base: Costs, head: Costs, cause: Cause
) -> tuple[Suspect, ...]:
    """The changed functions that explain a regression, those that an experiment has shown first.

    Elsewhere a share is the function's part of the growth of the whole benchmark's weight; where experiments have
    explained nearly all, little is left for those that were not tried.
    """
    guilty = list(dict.fromkeys(cut.changed for cut in cause.cuts))
    found = [_proven(benchmark, one, guilty, base, head, cause) for one in guilty]
    brought = _brought(guilty, grown, base, head)
    found += [_came_with(benchmark, one, part, guilty, base, head, cause) for one, part in brought.items()]
    proven = cause.experiment.share if cause.experiment else 0.0
    whole = max(float(head.total - base.total), sum(max(0.0, weight) for weight in grown.values()), 1.0)
    for one, weight in grown.items():
        if one in guilty or one in brought:
            continue
        share = cause.alone[one] if one in cause.alone else min(weight / whole, max(0.0, 1 - proven))
        if share >= SMALLEST_SHARE:
            too = " as well" if guilty else " of the change"
            tried = [f"taking its changes back removes {percent(share)}{too}"] if one in cause.alone else []
            evidence = "; ".join([*tried, *_evidence(one, one.hunks, base, head)])
            found.append(
                Suspect(benchmark, one.path, one.name, _hunk(one).header, one.lines, round(share, 3), evidence)
            )
    charged = {(one.path, one.name): weight for one, weight in grown.items()}

    def order(suspect: Suspect) -> tuple[float, float, str, str]:
        where = (suspect.path, suspect.function)
        return -suspect.share, -charged.get(where, 0.0), *where

    return tuple(sorted(found, key=order))


def _proven(benchmark: str, one: Changed, guilty: Sequence[Changed], base: Costs, head: Costs, cause: Cause) -> Suspect:
    assert cause.experiment is not None
    hunks = tuple(hunk for cut in cause.cuts if cut.changed == one for hunk in cut.hunks)
    share, interval = cause.experiment.share, cause.experiment.interval
    told = [_removal(hunks, cause)]
    if len(guilty) > 1:
        others = ", ".join(other.name for other in guilty if other != one)
        told = [f"together with {others}: {told[0]}"]
        alone = cause.alone.get(one)
        adds_up = abs(sum(cause.alone.get(other, 0.0) for other in guilty) - share) <= LITTLE
        if alone is not None:
            told.insert(0, f"alone it removes {percent(alone)}" + ("" if adds_up else ", so that they interact"))
        if alone is not None and adds_up:
            half = (interval[1] - interval[0]) / 2
            share, interval = alone, (alone - half, alone + half)
    header = max(hunks, key=lambda hunk: len(hunk.new_changed) + len(hunk.old_changed)).header
    if one in cause.outside:
        runs = cause.outside[one]
        told.append(f"it was not seen in the measured call{f': it runs {runs}' if runs else ''}")
    evidence = "; ".join([*told, *_evidence(one, hunks, base, head)])
    rounded = (round(interval[0], 3), round(interval[1], 3))
    return Suspect(
        benchmark, one.path, one.name, header, one.lines_of(hunks), round(share, 3), evidence, rounded
    )  # fmt: skip


def _brought(
    guilty: Collection[Changed], grown: Mapping[Changed, float], base: Costs, head: Costs
) -> dict[Changed, float]:
    """What runs only since guilty ones call it, directly or through others, and which part of the cost lies in each.

    Taking the calls back is the experiment on these as well: where they are new, they cannot be taken back alone.
    """
    called = list(_called(list(grown), head, "head"))
    found, waiting = set[Changed](), set(guilty)
    while waiting:
        waiting = {callee for caller, callee in called if caller in waiting and not base.of(callee).calls}
        waiting -= {*guilty, *found}
        found |= waiting
    weights = {one: max(0.0, grown[one]) for one in (*guilty, *found)}
    whole = sum(weights.values()) or 1.0
    return {one: weights[one] / whole for one in grown if one in found and weights[one] >= SMALLEST_SHARE * whole}


def _came_with(
    benchmark: str, one: Changed, part: float, guilty: Sequence[Changed], base: Costs, head: Costs, cause: Cause
) -> Suspect:
    assert cause.experiment is not None
    low, high = cause.experiment.interval
    callers = ", ".join(other.name for other in guilty)
    told = f"it runs only since the change of {callers}, and {percent(part)} of what that costs is spent in it"
    evidence = "; ".join([told, *_evidence(one, one.hunks, base, head)])
    share, interval = round(part * cause.experiment.share, 3), (round(part * low, 3), round(part * high, 3))
    return Suspect(benchmark, one.path, one.name, _hunk(one).header, one.lines, share, evidence, interval)


def _removal(hunks: Sequence[Hunk], cause: Cause) -> str:
    assert cause.experiment is not None
    base, head, left = cause.experiment.counts[0]
    low, high = cause.experiment.interval
    what = "this hunk" if len(hunks) == 1 else f"these {len(hunks)} hunks"
    more = sum(len(cut.hunks) for cut in cause.needed)
    needed = f" with {more} more that it needs" if more else ""
    between = f" (interval {percent(low)} to {percent(high)})" if round(low * 100) != round(high * 100) else ""
    smallest = "" if cause.minimal else " (a smaller part may do: the time for experiments was spent)"
    return (
        f"reverting {what}{needed} removes {percent(cause.experiment.share)} of the change"
        f"{between}{smallest}: {left:,.0f} of {head:,.0f} instructions are left"
        f" (base: {base:,.0f})"
    )


def _hunk(one: Changed) -> Hunk:
    return max(one.hunks, key=lambda hunk: len(hunk.new_changed) + len(hunk.old_changed))


def _evidence(one: Changed, hunks: Iterable[Hunk], base: Costs, head: Costs) -> list[str]:
    """The numbers of the profiles, for the function and for the lines that weigh most."""
    before, after = base.of(one), head.of(one)
    told = []
    if before.bytecodes != after.bytecodes:
        told.append(f"{before.bytecodes:,} → {after.bytecodes:,} bytecodes a call, with what it calls")
    if before.c_calls != after.c_calls:
        told.append(f"{before.c_calls:,} → {after.c_calls:,} calls into C")
    if before.calls != after.calls:
        told.append(f"called {before.calls:,} → {after.calls:,} times")
    lines = {line: cost for hunk in hunks for line in hunk.new_changed if (cost := head.lines.get((one.path, line)))}
    heaviest = sorted(lines, key=lambda line: (-lines[line].weight, line))[:_MOST_LINES]
    told += [
        f"line {line}: {lines[line].bytecodes:,} bytecodes, {lines[line].c_calls:,} calls into C" for line in heaviest
    ]
    return told

"""Which of the functions that the diff touches explain a regression, from exact profiles of both sides.

Partner: `bot/stages/diagnose.py` takes the profiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.model import FileChange, Hunk, Suspect
from bot.core.source import MODULE, Function, function_at, functions
from bot.core.tree import Tree

C_CALL_WEIGHT = 8
"""What a call into C counts for against one bytecode; a ranking aid, since shares come from experiments."""
SMALLEST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Changed:
    """A function that the diff touches, on whichever sides it exists."""

    path: str
    name: str
    base_path: str
    base: Function | None
    head: Function | None
    hunks: tuple[Hunk, ...]

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line at head that the diff changed, within the function."""
        touched = [line for hunk in self.hunks for line in _head_lines(hunk) if self._holds(line)]
        if touched:
            return min(touched), max(touched)
        start = self.head.start if self.head else max(1, self.hunks[0].new_start if self.hunks else 1)
        return start, start

    def _holds(self, line: int) -> bool:
        return self.head is None or self.head.start <= line <= self.head.end


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


def changed_functions(changes: Sequence[FileChange], base: Tree, head: Tree) -> tuple[Changed, ...]:
    """Every function of a Python file that has a changed line on either side; module level as one function."""
    found: list[Changed] = []
    for change in changes:
        if change.path.endswith((".py", ".pyi")) and change.hunks:
            before = functions(base.text(change.old_path) or "") if change.status != "added" else ()
            after = functions(head.text(change.path) or "") if change.status != "deleted" else ()
            found += _changed_in(change, before, after)
    return tuple(found)


def _changed_in(change: FileChange, before: Sequence[Function], after: Sequence[Function]) -> list[Changed]:
    hunks: dict[str, list[Hunk]] = {}
    for hunk in change.hunks:
        names = {_name_at(before, line) for line in hunk.old_changed} | {
            _name_at(after, line) for line in hunk.new_changed
        }
        for name in names:
            hunks.setdefault(name, []).append(hunk)
    old = {one.name: one for one in before}
    new = {one.name: one for one in after}
    return [
        Changed(change.path, name, change.old_path, old.get(name), new.get(name), tuple(touching))
        for name, touching in hunks.items()
    ]


def _name_at(found: Sequence[Function], line: int) -> str:
    one = function_at(found, line)
    return one.name if one else MODULE


def _head_lines(hunk: Hunk) -> tuple[int, ...]:
    return hunk.new_changed or (max(1, hunk.new_start),)


@dataclass(frozen=True, slots=True)
class Experiment:
    """What one call of a benchmark costs at head, at base, and at head with one function's changes taken back."""

    base: float
    head: float
    without: float

    @property
    def share(self) -> float:
        """The part of the growth that goes away with the changes; 1 is all of it."""
        return (self.head - self.without) / (self.head - self.base)


def ranked(candidates: Sequence[Changed], base: Mapping[Changed, Cost], head: Mapping[Changed, Cost]) -> list[Changed]:
    """The candidates worth an experiment, the likeliest first.

    First those whose bytecodes or calls into C grew; then those that run at all, since what a call into C costs is seen
    by no bytecode; then module level, whose constants any function may use.
    """
    growth = {one: head[one].weight - base[one].weight for one in candidates}
    likely = [one for one in candidates if growth[one] > 0 or head[one].calls or one.name == MODULE]
    return sorted(likely, key=lambda one: (-max(0, growth[one]), one.name == MODULE, -head[one].weight, one.name))


def suspects(
    benchmark: str,
    candidates: Sequence[Changed],
    base: Mapping[Changed, Cost],
    head: Mapping[Changed, Cost],
    *,
    growth: float,
    experiments: Mapping[Changed, Experiment],
) -> tuple[Suspect, ...]:
    """The changed functions that explain a regression, largest share first.

    A share comes from an experiment where there is one. Elsewhere it is the function's part of `growth`, by which the
    whole benchmark weighs more at head: a function whose cost fell is no suspect, and cost that moved from one changed
    function to another cancels in `growth`.
    """
    whole = max(growth, sum(max(0, head[one].weight - base[one].weight) for one in candidates), 1.0)
    found = []
    for one in candidates:
        experiment = experiments.get(one)
        share = experiment.share if experiment else (head[one].weight - base[one].weight) / whole
        if share >= SMALLEST_SHARE:
            hunk = max(one.hunks, key=lambda hunk: len(hunk.new_changed) + len(hunk.old_changed))
            evidence = "; ".join(_evidence(base[one], head[one], experiment))
            found.append(Suspect(benchmark, one.path, one.name, hunk.header, one.lines, round(share, 3), evidence))
    return tuple(sorted(found, key=lambda suspect: -suspect.share))


def _evidence(base: Cost, head: Cost, experiment: Experiment | None) -> list[str]:
    told = []
    if experiment:
        told.append(
            f"taking its changes back leaves {experiment.without:,.0f} of {experiment.head:,.0f} instructions"
            f" (base: {experiment.base:,.0f})"
        )
    if base.bytecodes != head.bytecodes:
        told.append(f"{base.bytecodes:,} → {head.bytecodes:,} bytecodes a call, with what it calls")
    if base.c_calls != head.c_calls:
        told.append(f"{base.c_calls:,} → {head.c_calls:,} calls into C")
    if base.calls != head.calls:
        told.append(f"called {base.calls:,} → {head.calls:,} times")
    return told

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
"""What a call into C counts for against one bytecode; a ranking aid only, the share is measured by experiment."""
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


def suspects(
    benchmark: str, candidates: Sequence[Changed], base: Mapping[Changed, Cost], head: Mapping[Changed, Cost],
    *, growth: float,
) -> tuple[Suspect, ...]:  # fmt: skip
    """The changed functions that cost more at head than at base, largest share first.

    `growth` is how much more the whole benchmark weighs at head. A function whose cost fell is no suspect; cost that
    moved from one changed function to another is in both, and cancels in `growth`.
    """
    ranked = sorted(candidates, key=lambda one: base[one].weight - head[one].weight)
    rising = sum(max(0, head[one].weight - base[one].weight) for one in candidates)
    whole = max(growth, rising, 1.0)
    found = []
    for one in ranked:
        share = (head[one].weight - base[one].weight) / whole
        if share >= SMALLEST_SHARE:
            hunk = max(one.hunks, key=lambda hunk: len(hunk.new_changed) + len(hunk.old_changed))
            evidence = _evidence(base[one], head[one])
            found.append(Suspect(benchmark, one.path, one.name, hunk.header, one.lines, round(share, 3), evidence))
    return tuple(found)


def _evidence(base: Cost, head: Cost) -> str:
    parts = [f"{base.bytecodes:,} → {head.bytecodes:,} bytecodes"]
    if base.c_calls != head.c_calls:
        parts.append(f"{base.c_calls:,} → {head.c_calls:,} calls into C")
    if base.calls != head.calls:
        parts.append(f"called {base.calls:,} → {head.calls:,} times")
    return ", ".join(parts) + " per call of the benchmark, itself and what it calls"

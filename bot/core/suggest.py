"""Which fixes can be suggestions of a review: all their lines must lie in the diff that GitHub shows.

GitHub shows three lines around each change; a suggestion replaces lines of the right side within one hunk.
Partner: `bot/core/patch.py` splits lines as git does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.core.model import FileChange, Hunk
from bot.core.patch import lines_of
from bot.core.text import HIDDEN

_AROUND = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lines `first` to `last` of a file at head, and what should stand there instead, with line ends."""

    path: str
    first: int
    last: int
    lines: tuple[str, ...]


def suggestions(path: str, before: str, after: str, changes: Sequence[FileChange]) -> tuple[Suggestion, ...]:
    """What to suggest so that `before`, the file at head, becomes `after`; empty when the diff does not reach it all.

    `changes` are those of the pull request, without context.
    """
    change = next((one for one in changes if one.path == path and one.status != "deleted"), None)
    if change is None or HIDDEN.search(after.replace("\r\n", "\n")):
        return ()
    old, new = lines_of(before), lines_of(after)
    shown = _shown(change.hunks, len(old))
    found: dict[tuple[int, int], list[_Edit]] = {}
    for edit in _edits(old, new):
        place = next((range_ for range_ in shown if range_[0] <= edit.first and edit.last <= range_[1]), None)
        if place is None:
            return ()
        found.setdefault(place, []).append(edit)
    return tuple(_suggestion(path, new, edits) for edits in found.values())


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines `first` to `last` of the old text, and by how much line numbers are off before and behind them."""

    first: int
    last: int
    shift_before: int
    shift_behind: int


def _edits(old: Sequence[str], new: Sequence[str]) -> Iterator[_Edit]:
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            # An insertion names the line that it stands behind, or the first one.
            first = old_from + 1 if old_to > old_from else max(1, old_from)
            yield _Edit(first, max(first, old_to), new_from - old_from, new_to - old_to)


def _suggestion(path: str, new: Sequence[str], edits: Sequence[_Edit]) -> Suggestion:
    """One suggestion for all edits within one hunk: from the first line that changes to the last."""
    first, last = edits[0].first, edits[-1].last
    lines = new[first - 1 + edits[0].shift_before : last + edits[-1].shift_behind]
    return Suggestion(path, first, last, tuple(lines))


def _shown(hunks: Sequence[Hunk], length: int) -> list[tuple[int, int]]:
    """The ranges of lines at head that GitHub shows."""
    ranges: list[tuple[int, int]] = []
    for hunk in sorted(hunks, key=lambda one: one.new_start):
        last = hunk.new_start + hunk.new_length - (1 if hunk.new_length else 0)
        start = max(1, hunk.new_start - _AROUND + (0 if hunk.new_length else 1))
        end = min(length, last + _AROUND)
        if ranges and start <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], end))
        else:
            ranges.append((start, end))
    return ranges


def body(suggestion: Suggestion) -> str:
    """The block that GitHub applies with one click; its fence is longer than any inside."""
    text = "".join(suggestion.lines)
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{ticks}suggestion\n{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{ticks}"

"""Unified diffs, and texts with some of a diff's hunks taken back; only a line feed ends a line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.core.model import Hunk


def lines_of(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one: form feeds and the like are inside, as in git."""
    pieces = text.split("\n")
    lines = [piece + "\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def make_patch(path: str, before: str, after: str) -> str:
    """A unified diff of one file that `git apply` takes."""
    out = []
    for line in difflib.unified_diff(lines_of(before), lines_of(after), f"a/{path}", f"b/{path}"):
        out.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(out)


def revert(before: str, after: str, hunks: Sequence[Hunk]) -> str:
    """`after` with some hunks of the diff between the two taken back."""
    old, new = lines_of(before), lines_of(after)
    for hunk in sorted(hunks, key=lambda hunk: hunk.new_start, reverse=True):
        # A length of 0 puts the start one line early: the hunk stands behind that line.
        new_from = hunk.new_start - 1 if hunk.new_length else hunk.new_start
        old_from = hunk.old_start - 1 if hunk.old_length else hunk.old_start
        new[new_from : new_from + hunk.new_length] = old[old_from : old_from + hunk.old_length]
    return "".join(new)

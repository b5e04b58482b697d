"""Unified diffs, and texts with some of a diff's hunks taken back; only a line feed ends a line."""

from __future__ import annotations

import difflib
import io
from collections.abc import Sequence

from unidiff.patch import PatchSet

from bot.core.model import Hunk
from bot.errors import UserError


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


def apply(before: str, diff: str) -> str:
    """`before` with a unified diff of one file applied; raises UserError where a line is not as the diff says."""
    patch = PatchSet(io.StringIO(diff, newline="\n"))
    if len(patch) != 1:
        raise UserError("the patch is not about one file")
    old, new, at = lines_of(before), [], 0
    for hunk in patch[0]:
        start = hunk.source_start - 1 if hunk.source_length else hunk.source_start
        new += old[at:start]
        at = start
        last = ""
        for line in hunk:
            if line.line_type == "\\" and last in (" ", "+"):
                new[-1] = new[-1].rstrip("\n")
            last = line.line_type
            if line.line_type in (" ", "-"):
                if at >= len(old) or old[at].rstrip("\n") != line.value.rstrip("\n"):
                    raise UserError(f"the patch does not fit at line {at + 1}")
                at += 1
            if line.line_type == " ":
                new.append(old[at - 1])
            elif line.line_type == "+":
                new.append(line.value)
    return "".join([*new, *old[at:]])

"""Unified diffs, and texts with some of a diff's hunks taken back; only a line feed ends a line."""

from __future__ import annotations

import difflib
import io
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from unidiff.patch import PatchedFile, PatchSet

from bot.core.diff import quoted, unquoted
from bot.core.model import Hunk
from bot.errors import UserError

_AROUND = 8
"""Lines around a change that are compared: more than twice the context of a hunk, which ends before they do."""
_START = re.compile(r"([-+])(\d+)")


def lines_of(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one: form feeds and the like are inside, as in git."""
    pieces = text.split("\n")
    lines = [piece + "\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def make_patch(path: str, before: str | None, after: str) -> str:
    """A unified diff of one file that `git apply` takes; without `before` it makes the file."""
    hunks = _hunks(lines_of(before or ""), lines_of(after))
    return _header(path, is_new=before is None) + hunks if hunks else ""


def _header(path: str, *, is_new: bool = False) -> str:
    return f"--- {'/dev/null' if is_new else quoted(f'a/{path}')}\n+++ {quoted(f'b/{path}')}\n"


def _hunks(before: Sequence[str], after: Sequence[str], old_from: int = 0, new_from: int = 0) -> str:
    """The hunks between two runs of lines that begin behind so many others."""
    out = []
    for line in islice(difflib.unified_diff(before, after), 2, None):
        if line.startswith("@@"):
            moved = iter((old_from, new_from))
            line = _START.sub(lambda found: f"{found[1]}{int(found[2]) + next(moved)}", line)  # noqa: B023  # at once
        out.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Lined:
    """A text by its lines, for many patches of it: each costs what it changes, not what the text holds."""

    lines: Sequence[str]
    starts: Sequence[int]
    """Where each line begins, and where the text ends."""

    @classmethod
    def of(cls, text: str) -> Lined:
        """The lines of a text."""
        lines = lines_of(text)
        return cls(lines, [*accumulate(map(len, lines), initial=0)])

    def patch(self, path: str, changes: Sequence[tuple[int, int, str]]) -> str:
        """A diff that puts texts in the place of the characters from one up to another, in the order of the text."""
        hunks, shift = [], 0
        for first, last, inside in self._windows(changes):
            before, base = self.lines[first:last], self.starts[first]
            old, new, at = "".join(before), "", 0
            for start, end, text in inside:
                new += old[at : start - base] + text
                at = end - base
            after = lines_of(new + old[at:])
            hunks.append(_hunks(before, after, first, first + shift))
            shift += len(after) - len(before)
        return _header(path) + "".join(hunks) if any(hunks) else ""

    def _windows(
        self, changes: Sequence[tuple[int, int, str]]
    ) -> Iterator[tuple[int, int, list[tuple[int, int, str]]]]:
        """The lines around changes that are too close to each other for hunks of their own."""
        found: list[tuple[int, int, list[tuple[int, int, str]]]] = []
        for change in changes:
            first = max(self._line(change[0]) - _AROUND, 0)
            last = min(self._line(change[1]) + 1 + _AROUND, len(self.lines))
            if found and first <= found[-1][1]:
                start, _, inside = found.pop()
                inside.append(change)
                found.append((start, last, inside))
            else:
                found.append((first, last, [change]))
        yield from found

    def _line(self, offset: int) -> int:
        return max(min(bisect_right(self.starts, offset) - 1, len(self.lines) - 1), 0)


def make_patches(read: Callable[[str], str | None], files: Mapping[str, str]) -> str:
    """One diff for several files, each from the text that `read` gives."""
    return "".join(make_patch(path, read(path), after) for path, after in sorted(files.items()))


@dataclass(frozen=True, slots=True)
class Replaced:
    """Whole lines that a patch replaces: from `line`, 1-based, `count` of them."""

    line: int
    count: int
    text: str


def replaced(diff: str) -> tuple[Replaced, ...]:
    """What a unified diff of one file replaces, hunk by hunk, its context left out."""
    parts: list[Replaced] = []
    for hunk in PatchSet(io.StringIO(diff, newline="\n"))[0]:
        lines = [line for line in hunk if line.line_type in " +-"]
        kept = 0
        while kept < len(lines) and lines[kept].is_context:
            kept += 1
        last = len(lines)
        while last > kept and lines[last - 1].is_context:
            last -= 1
        changed = lines[kept:last]
        count = sum(not line.is_added for line in changed)
        text = "".join(line.value for line in changed if not line.is_removed)
        start = hunk.source_start if hunk.source_length else hunk.source_start + 1
        parts.append(Replaced(start + kept, count, text))
    return tuple(parts)


def revert(before: str, after: str, hunks: Sequence[Hunk]) -> str:
    """`after` with some hunks of the diff between the two taken back."""
    return revert_all(after, [(before, hunks)])


def revert_all(after: str, pieces: Sequence[tuple[str, Sequence[Hunk]]]) -> str:
    """`after` with hunks taken back that count in different texts at base, as those of a function that moved do."""
    new = lines_of(after)
    edits = []
    for number, (before, hunks) in enumerate(pieces):
        old = lines_of(before)
        for hunk in hunks:
            # A length of 0 puts the start one line early: the hunk stands behind that line.
            new_from = hunk.new_start - 1 if hunk.new_length else hunk.new_start
            old_from = hunk.old_start - 1 if hunk.old_length else hunk.old_start
            place = new_from, new_from + hunk.new_length, number, old_from
            edits.append((place, old[old_from : old_from + hunk.old_length]))
    for (start, end, *_), lines in sorted(edits, reverse=True):  # several may come back at one place, in their order
        new[start:end] = lines
    return "".join(new)


_NEVER_FIXED = re.compile(
    r"(^|/)(\.[^/]*|\.\.|setup\.py|conftest\.py|sitecustomize\.py|usercustomize\.py|(nox|tox|fab|dodo)(file)?\.py)(/|$)"
    r"|^/|\\|[\x00-\x1f]|(?<!\.py)$"
)


def may_fix(path: str) -> bool:
    """Whether a fix may touch a file: Python of the project, never what configures its tools, its CI or git."""
    return _NEVER_FIXED.search(path) is None


def apply_all(read: Callable[[str], str | None], diff: str) -> dict[str, str]:
    """The files that a unified diff changes or makes, by path, with it applied to the text that `read` gives.

    Raises UserError where a file is not there, or a line is not as the diff says.
    """
    found = {}
    for file in PatchSet(io.StringIO(diff, newline="\n")):
        path = unquoted(file.target_file)[len("b/") :]
        before = "" if file.is_added_file else read(path)
        if before is None:
            raise UserError(f"the patch does not fit: {path} is not there")
        found[path] = _apply(before, file)
    return found


def _apply(before: str, file: PatchedFile) -> str:
    old, new, at = lines_of(before), [], 0
    for hunk in file:
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

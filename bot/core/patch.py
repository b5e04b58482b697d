"""Unified diffs, and texts with some of a diff's hunks taken back; only a line feed ends a line."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unidiff.patch import PatchedFile, PatchSet

from bot.core.model import Hunk
from bot.errors import UserError


def lines_of(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one: form feeds and the like are inside, as in git."""
    pieces = text.split("\n")
    lines = [piece + "\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def make_patch(path: str, before: str | None, after: str) -> str:
    """A unified diff of one file that `git apply` takes; without `before` it makes the file."""
    old = f"a/{path}" if before is not None else "/dev/null"
    out = []
    for line in difflib.unified_diff(lines_of(before or ""), lines_of(after), old, f"b/{path}"):
        out.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(out)


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


def apply(before: str, diff: str) -> str:
    """`before` with a unified diff of one file applied; raises UserError where a line is not as the diff says."""
    files = _parse(diff)
    if len(files) != 1:
        raise UserError("the patch is not about one file")
    return _apply(before, files[0])


_NEVER_FIXED = re.compile(
    r"(^|/)(\.[^/]*|\.\.|setup\.py|conftest\.py|sitecustomize\.py|usercustomize\.py|(nox|tox|fab|dodo)(file)?\.py)(/|$)"
    r"|^/|\\|[\x00-\x1f]|(?<!\.py)$"
)


def may_fix(path: str) -> bool:
    """Whether a fix may touch a file: Python of the project, never what configures its tools, its CI or git."""
    return _NEVER_FIXED.search(path) is None


def apply_all(read: Callable[[str], str | None], diff: str) -> dict[str, str]:
    """The files that a unified diff changes or makes, by path, with it applied to the text that `read` gives."""
    found = {}
    for file in _parse(diff):
        before = "" if file.is_added_file else read(file.path)
        if before is None:
            raise UserError(f"the patch does not fit: {file.path} is not there")
        found[file.path] = _apply(before, file)
    return found


def _parse(diff: str) -> PatchSet:
    return PatchSet(io.StringIO(diff, newline="\n"))


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

"""Turns the text of a diff into nouns, with unidiff. Partner: `bot/git.py` makes the text."""

from __future__ import annotations

import io
import re

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ParsedHunk
from unidiff.patch import PatchedFile, PatchSet

from bot.core.model import FileChange, Hunk, Status
from bot.core.text import plain
from bot.errors import UserError

_RENAME = re.compile(r"^rename from (?P<old>.+)\nrename to (?P<new>.+)$", re.MULTILINE)


def parse_diff(text: str) -> tuple[FileChange, ...]:
    """All changes of a `git diff --unified=0`, in the diff's order; raises UserError on text that is no diff."""
    try:
        # A StringIO that splits at \n alone: str.splitlines also splits at form feeds, which source files may hold.
        patch = PatchSet(io.StringIO(text, newline="\n"))
    except UnidiffParseError as error:
        raise UserError(f"the diff cannot be read: {plain(str(error))}") from None
    return tuple(_change(file) for file in patch)


def _change(file: PatchedFile) -> FileChange:
    old, new = _strip(file.source_file), _strip(file.target_file)
    header = "".join(str(line) for line in (file.patch_info or ()))
    if renamed := _RENAME.search(header):
        old, new = renamed["old"], renamed["new"]
    if file.is_added_file:
        old = new
    if file.is_removed_file:
        new = old
    return FileChange(new, old, _status(file, old, new), tuple(map(_hunk, file)), bool(file.is_binary_file))


def _status(file: PatchedFile, old: str, new: str) -> Status:
    if file.is_added_file:
        return "added"
    if file.is_removed_file:
        return "deleted"
    return "modified" if old == new else "renamed"


def _strip(name: str) -> str:
    return name[2:] if name[:2] in ("a/", "b/") else name


def _hunk(hunk: ParsedHunk) -> Hunk:
    section = f" {hunk.section_header}" if hunk.section_header else ""
    return Hunk(
        header=f"@@ -{hunk.source_start},{hunk.source_length} +{hunk.target_start},{hunk.target_length} @@{section}",
        old_start=hunk.source_start,
        old_length=hunk.source_length,
        new_start=hunk.target_start,
        new_length=hunk.target_length,
        old_changed=tuple(line.source_line_no or 0 for line in hunk if line.is_removed),
        new_changed=tuple(line.target_line_no or 0 for line in hunk if line.is_added),
    )

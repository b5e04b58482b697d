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

_FILE = re.compile(r"^(?=diff --git )", re.MULTILINE)
_ESCAPE = re.compile(rb"\\([abtnvfr\"\\]|[0-7]{3})")
_ESCAPES = dict(zip('abtnvfr"\\', '\a\b\t\n\v\f\r"\\', strict=True))
_LETTERS = {meant: letter for letter, meant in _ESCAPES.items()}
_TO_ESCAPE = re.compile('["\\\\\x00-\x1f\x7f\udc80-\udcff]')
_RENAME = re.compile(r"^rename from (?P<old>.+)\nrename to (?P<new>.+)$", re.MULTILINE)


def parse_diff(text: str) -> tuple[FileChange, ...]:
    """All changes of a `git diff --unified=0`, in the diff's order; raises UserError on text that is no diff."""
    try:
        return _parsed(text)
    except UnidiffParseError:
        return tuple(change for piece in _FILE.split(text) if piece for change in _one_file(piece))


def _parsed(text: str) -> tuple[FileChange, ...]:
    # A StringIO that splits at \n alone: str.splitlines also splits at form feeds, which source files may hold.
    return tuple(_change(file) for file in PatchSet(io.StringIO(text, newline="\n")))


def _one_file(text: str) -> tuple[FileChange, ...]:
    """A path with " b/" in it makes the header ambiguous; the two lines below the header are not."""
    for part in (text, text.partition("\n")[2]):
        try:
            return _parsed(part)
        except UnidiffParseError as error:
            wrong = str(error)
    raise UserError(f"the diff cannot be read: {plain(wrong)}")


def _change(file: PatchedFile) -> FileChange:
    old, new = _strip(unquoted(file.source_file)), _strip(unquoted(file.target_file))
    header = "".join(str(line) for line in (file.patch_info or ()))
    if renamed := _RENAME.search(header):
        old, new = unquoted(renamed["old"]), unquoted(renamed["new"])
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


def quoted(name: str) -> str:
    """A name as git writes it in a diff: between quotes where it holds a quote, a control character or no UTF-8."""
    escaped = _TO_ESCAPE.sub(_escaped, name)
    return name if escaped == name else f'"{escaped}"'


def _escaped(found: re.Match[str]) -> str:
    [byte] = found[0].encode("utf-8", "surrogateescape")
    return f"\\{_LETTERS.get(chr(byte)) or format(byte, '03o')}"


def unquoted(name: str) -> str:
    """The name itself, where git has put it between quotes as C would (git-config, `core.quotePath`)."""
    if len(name) < len('""') or not (name[0] == name[-1] == '"'):
        return name
    data = _ESCAPE.sub(_meant, name[1:-1].encode("utf-8", "surrogateescape"))
    return data.decode("utf-8", "surrogateescape")


def _meant(found: re.Match[bytes]) -> bytes:
    escape = found[1].decode()
    return _ESCAPES[escape].encode() if escape in _ESCAPES else bytes([int(escape, 8) & 0xFF])


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

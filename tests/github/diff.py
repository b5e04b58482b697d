"""Which lines of a diff can carry a comment, and what a suggestion does to a file.

Partner: `git.py` makes the diffs; `rules.py` refuses comments that this says are outside. Written without looking at
`bot/core/diff.py`, so that each judges the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_FENCE = re.compile(r"^(`{3,}|~{3,})suggestion[^\n]*\n(.*?)^\1[`~]*[ \t]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line inside a hunk; a number is None on the side where the line is not."""

    old: int | None
    new: int | None
    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """One `@@` part of the diff of a file."""

    header: str
    lines: tuple[Line, ...]

    def line(self, number: int, side: str) -> Line | None:
        """The line that can be commented as (number, side); context is commented on both sides."""
        for line in self.lines:
            if number == (line.new if side == "RIGHT" else line.old):
                return line
        return None

    def text_until(self, last: Line) -> str:
        """What GitHub shows as `diff_hunk` above a comment."""
        return "\n".join([self.header, *(line.text for line in self.lines if line.position <= last.position)])


def hunks(diff: str) -> dict[str, list[Hunk]]:
    """The hunks of each file, by its new path (by its old one where it is deleted)."""
    found: dict[str, list[Hunk]] = {}
    for part in re.split(r"^diff --git ", diff, flags=re.MULTILINE)[1:]:
        if path := _path(part):
            found[path] = list(_hunks(part))
    return found


def patches(diff: str) -> dict[str, str]:
    """The text from the first `@@` on of each file, as GitHub's `patch` field has it."""
    found = {}
    for part in re.split(r"^diff --git ", diff, flags=re.MULTILINE)[1:]:
        start = re.search(r"^@@ ", part, re.MULTILINE)
        if (path := _path(part)) and start:
            found[path] = part[start.start() :].rstrip("\n")
    return found


def _path(part: str) -> str | None:
    for pattern in (r'^\+\+\+ "?b/(.*?)"?\t?$', r'^--- "?a/(.*?)"?\t?$'):
        if matched := re.search(pattern, part, re.MULTILINE):
            return matched[1]
    return None


def _hunks(part: str) -> Iterator[Hunk]:
    header, position = "", 0
    lines: list[Line] = []
    old = new = 0
    for text in part.split("\n"):
        if matched := _HUNK.match(text):
            if header:
                yield Hunk(header, tuple(lines))
                position += 1
            header, lines = text, []
            old, new = int(matched[1]), int(matched[3])
        elif header and text[:1] in ("+", "-", " "):
            position += 1
            lines.append(Line(None if text[0] == "+" else old, None if text[0] == "-" else new, position, text))
            old += text[0] != "+"
            new += text[0] != "-"
        elif header and text.startswith("\\"):
            position += 1
    if header:
        yield Hunk(header, tuple(lines))


def suggestions(body: str) -> list[str]:
    """The text of each suggestion block in a comment."""
    return [match[2] for match in _FENCE.finditer(body.replace("\r\n", "\n"))]


def apply(content: str, suggestion: str, start_line: int, line: int) -> str:
    """The file after the button was clicked: start_line to line are replaced, an empty suggestion deletes them."""
    lines = content.splitlines(keepends=True)
    ending = "\r\n" if lines[line - 1].endswith("\r\n") else "\n"
    new = suggestion.replace("\n", ending)
    if line == len(lines) and not lines[-1].endswith("\n"):
        new = new.removesuffix(ending)
    return "".join([*lines[: start_line - 1], new, *lines[line:]])

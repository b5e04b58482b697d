"""Finds slash commands in what people write: `/perf WORD ...`, first thing on a line, not in a quote or in code.

Partner: `bot/commands` says what the words mean. Markdown is read by markdown-it-py, as GitHub reads it (CommonMark).
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

PREFIX = "/perf"
MOST = 5
"""Commands that one comment may hold; the rest is left out."""
_BREAKS = ("softbreak", "hardbreak")


@dataclass(frozen=True, slots=True)
class Words:
    """One command as it was written."""

    word: str
    arguments: tuple[str, ...] = ()


def parse(markdown: str) -> tuple[Words, ...]:
    """The commands of a comment, in their order."""
    found = []
    for line in _lines(MarkdownIt("commonmark").parse(markdown.replace("\0", ""))):
        first, *rest = line.split()
        if first == PREFIX:
            found.append(Words(rest[0].lower() if rest else "help", tuple(word.strip("`") for word in rest[1:])))
    return tuple(dict.fromkeys(found))[:MOST]


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    """The lines of plain paragraphs that begin with text: paragraphs in quotes and lists stand deeper."""
    for opening, inline in itertools.pairwise(tokens):
        if opening.type != "paragraph_open" or opening.level or inline.type != "inline":
            continue
        starts = _starts(inline.children or [])
        lines = inline.content.split("\n")
        # Code that goes over a line's end is one piece to Markdown: then only the first line is beyond doubt.
        for text, line in zip(starts, lines if len(starts) == len(lines) else lines[:1], strict=False):
            if text.startswith(PREFIX) and line.startswith(PREFIX):
                yield line


def _starts(children: Sequence[Token]) -> list[str]:
    """For each line of a paragraph the plain text that it begins with, or ""."""
    starts, at_start = [], True
    for child in children:
        if at_start:
            starts.append(child.content if child.type == "text" else "")
        at_start = child.type in _BREAKS
    return starts


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that was probably meant."""
    found = difflib.get_close_matches(word, known, 1, 0.5)
    return found[0] if found else None

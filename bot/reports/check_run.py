"""The check run: its title, its summary, and remarks on the guilty lines.

Partner: `bot/work/_publish.py` sends them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.model import Report
from bot.core.text import plain
from bot.reports import _words as words
from bot.reports import markdown

NAME = "check_run"
TITLE_LIMIT = 200
_MOST_REMARKS = 150


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said on lines of a file at head; plain text, GitHub shows no Markdown there."""

    path: str
    first: int
    last: int
    title: str
    message: str


def render(report: Report, *, link: markdown.Link = lambda _suspect: None) -> str:
    """The summary."""
    return markdown.render(report, link=link)


def title(report: Report) -> str:
    """One line for the list of checks."""
    return plain(words.headline(report), TITLE_LIMIT)


def remarks(report: Report) -> list[Remark]:
    """One for each guilty function, the strongest first."""
    return list(_remarks(report))[:_MOST_REMARKS]


def _remarks(report: Report) -> Iterator[Remark]:
    for suspect, count in words.causes(report):
        more = f" and a part of {words.several(count - 1, 'other regression')}" if count > 1 else ""
        message = (
            f"{suspect.function} explains {words.share(suspect)} of the growth of {suspect.benchmark}{more}:"
            f" {suspect.evidence}"
        )
        first, last = suspect.lines
        name = plain(f"Slower: {suspect.function}", 200)
        yield Remark(suspect.path, first, max(first, last), name, plain(message, 2000))

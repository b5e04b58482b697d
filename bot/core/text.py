"""Makes text of a repository harmless on each surface: names, messages and output are written by strangers.

Nothing from a repository reaches Markdown outside of a code span or fence, where mentions, links, images, HTML and
closing keywords mean nothing; and nothing reaches a terminal that could move its cursor or hide what is written.
"""

from __future__ import annotations

import re

BLOCK_LIMIT = 4000
SPAN_LIMIT = 300
_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # OSC, such as titles and links
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # DCS and other strings
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # CSI, such as colours and cursor movement
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LABEL = re.compile(r"[^A-Za-z0-9 ._:/()+,'=-]")


def visible(text: str) -> str:
    """Text with terminal escapes removed and every character that hides or reorders others replaced; keeps lines."""
    return _CONTROL.sub(_REPLACEMENT, _ESCAPES.sub("", text.replace("\r\n", "\n")))


def plain(text: str, limit: int = SPAN_LIMIT) -> str:
    """One visible line of at most `limit` characters."""
    return shorten(" ".join(visible(text).split()), limit)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters; what is left out is left out of the middle, where names tell least."""
    if len(text) <= limit:
        return text
    front = (limit - 1) // 2
    return f"{text[:front]}…{text[len(text) - (limit - 1 - front) :]}"


def code_span(text: str, *, limit: int = SPAN_LIMIT, table: bool = False) -> str:
    """A Markdown code span that its content cannot leave; in a table the bar, which would end the cell, is replaced."""
    line = plain(text, limit) or " "
    if table:
        line = line.replace("|", "\N{BROKEN BAR}")
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fence(text: str, language: str = "", *, limit: int = BLOCK_LIMIT) -> str:
    """A fenced block that its content cannot close."""
    lines = visible(text)
    if len(lines) > limit:
        lines = lines[:limit].rpartition("\n")[0] + "\n… (the rest is left out)"
    ticks = "`" * max(3, _longest_run(lines) + 1)
    return f"{ticks}{language}\n{lines.rstrip()}\n{ticks}"


def label(text: str, limit: int = 72) -> str:
    """Text for commit subjects, titles and branch names: an allow-list, so that nothing in it is active."""
    return shorten(" ".join(_LABEL.sub(" ", visible(text)).split()), limit).replace("…", "...")[:limit]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)

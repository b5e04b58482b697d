r"""Makes text of a repository harmless on each surface: names, messages and output are written by strangers.

Nothing from a repository reaches Markdown outside of a code span or fence, where mentions, links, images, HTML and
closing keywords mean nothing; and nothing reaches a terminal or a log that could move its cursor, hide what is written,
or be taken for a command of the machine that shows it. Partner: `bot/reports`, whose surfaces write nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

BLOCK_LIMIT = 4000
SPAN_LIMIT = 300
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U00013430-\U0001345f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that cannot be seen, or that hide, reorder or control others; tabs and line ends are not among them."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_COLOUR = re.compile(r"(?:\x1b\[|\x9b)[0-9;:]*m")
_ESCAPE = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # titles, links, clipboard, device
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # cursor movement, erasing, modes
    r"|\x1b[ -/]*[0-~]?",
)
# What GitHub Actions takes for a command in a log: https://github.com/actions/runner, ActionCommand.cs.
_LOG_COMMAND = re.compile(r"^([ \t]*):(?=:[A-Za-z][^\n]*::)|#(?=#\[)", re.MULTILINE)
_LABEL = re.compile(r"[^A-Za-z0-9 ._:/()+,'=-]")
_FEW_TICKS = "`" * 20 + "…"
_TICKS = re.compile(r"`{21,}")
_WORD = re.compile(r"(?:`[^`]+`|\S)+")
_QUOTED = re.compile(r"([\"'(]*)`([^`]+)`([.,;:!?)\"']*)")
_DULL = re.compile(r"(?:[^\W_]|[.,;:!?'\"()%+=/×…→-])+")
_LIVE = re.compile(r"://|www\.|\bgh-\d|:\w+:|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b", re.IGNORECASE)
_OPENS_BLOCK = re.compile(r"[-+=/:].*|\d+[.)]")


def visible(text: str) -> str:
    """Text without colours, and with a mark for everything else that hides, reorders or controls; keeps lines."""
    seen = _ESCAPE.sub(_REPLACEMENT, _COLOUR.sub("", text.replace("\r\n", "\n")))
    return inert(HIDDEN.sub(_REPLACEMENT, seen))


def inert(text: str) -> str:
    """Lines that GitHub Actions does not take for its commands when they appear in a log."""
    return _LOG_COMMAND.sub(rf"\1{_REPLACEMENT}", text)


def plain(text: str, limit: int = SPAN_LIMIT) -> str:
    """One visible line of at most `limit` characters."""
    # A command of a log may also come about when lines are joined.
    return shorten(inert(" ".join(visible(text).split())), limit)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters; what is left out is left out of the middle, where names tell least."""
    if len(text) <= limit:
        return text
    front = (limit - 1) // 2
    return f"{text[:front]}…{text[len(text) - (limit - 1 - front) :]}"


def code_span(text: str, *, limit: int = SPAN_LIMIT, table: bool = False) -> str:
    """A Markdown code span that its content cannot leave; in a table the bar, which would end the cell, is replaced."""
    line = _TICKS.sub(_FEW_TICKS, plain(text, limit)) or " "
    if table:
        line = line.replace("|", "\N{BROKEN BAR}")
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fence(text: str, language: str = "", *, limit: int = BLOCK_LIMIT) -> str:
    """A fenced block that its content cannot close; whole lines are left out at its end, and counted there."""
    lines = _TICKS.sub(_FEW_TICKS, visible(text)).rstrip("\n")
    if len(lines) > limit:
        kept = lines[:limit].rpartition("\n")[0] or lines[:limit]
        left = lines.count("\n") - kept.count("\n")
        lines = f"{kept}\n… {left:,} more line{'s' if left != 1 else ''}" if left else f"{kept}…"
    ticks = "`" * max(3, _longest_run(lines) + 1)
    return f"{ticks}{language}\n{lines}\n{ticks}"


def fits(text: str, limit: int) -> bool:
    """Whether a fence of that limit shows a text as it is, to be copied: nothing replaced, nothing left out."""
    return len(text) <= limit and _TICKS.sub(_FEW_TICKS, visible(text)) == text


def prose(text: str, limit: int = SPAN_LIMIT, *, table: bool = False) -> str:
    """One line to stand in a sentence of Markdown: every word that could mean more than itself is in a code span.

    Backslashes would not do: GitHub looks for mentions and references after it has taken them away.
    """
    words = _WORD.findall(plain(text, limit))
    pieces = groupby(enumerate(words), key=lambda numbered: _kind(numbered[1], first=numbered[0] == 0))
    return " ".join(_harmless(kind, [word for _, word in group], table=table) for kind, group in pieces)


def label(text: str, limit: int = 72) -> str:
    """Text for commit subjects, titles and branch names: an allow-list, so that nothing in it is active."""
    return shorten(" ".join(_LABEL.sub(" ", visible(text)).split()), limit).replace("…", "...")[:limit]


def several(number: int, noun: str) -> str:
    """Such as "3 notes", or "1 note"."""
    return f"{number:,} {noun}{'s' if number != 1 else ''}"


def percent(share: float) -> str:
    """Such as "92 %"; with a decimal where that alone tells it from all or nothing."""
    value = share * 100
    whole = f"{value:.0f}"
    text = f"{value:.1f}" if whole in ("100", "0", "-0") else whole
    return f"{'0' if float(text) == 0 else text.removesuffix('.0')} %"


def _kind(word: str, *, first: bool) -> str:
    if _QUOTED.fullmatch(word):
        return "quoted"
    if word == "->" and not first:
        return "dull"
    opens = first and _OPENS_BLOCK.fullmatch(word)
    return "dull" if _DULL.fullmatch(word) and not _LIVE.search(word) and not opens else "live"


def _harmless(kind: str, words: Sequence[str], *, table: bool) -> str:
    if kind == "dull":
        return " ".join(words)
    if kind == "quoted":
        return " ".join(_QUOTED.sub(lambda found: _respan(found, table=table), word) for word in words)
    together = " ".join(words)
    core = together.rstrip(".,;:") or together
    return code_span(core, table=table) + together[len(core) :]


def _respan(quoted: re.Match[str], *, table: bool) -> str:
    return f"{quoted[1]}{code_span(quoted[2], table=table)}{quoted[3]}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)

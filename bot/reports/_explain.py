"""What `/perf explain` answers: a card, a word, or why a benchmark has its verdict and what one can do about it.

Partners: `bot/commands/explain.py` asks; `bot/core/reasons.py` has the advice.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.core import card as cards
from bot.core import reasons
from bot.core.model import Report, Verdict
from bot.core.text import code_span, prose
from bot.reports import _words as words
from bot.reports import markdown

_MOST = 5


def card(name: str, text: str) -> str:
    """The card, its name first; our own words, kept as they are."""
    read = cards.parse(text)
    pays = f"; pays from {read.break_even} elements on" if read.break_even > 1 else ""
    return "\n\n".join([
        f"### {code_span(name)}",
        f"{read.description}\nFix: *{read.fix}*{pays}; Python {read.python}.",
        *(f"#### {heading}\n{section}" for heading, section in read.sections.items()),
    ])  # fmt: skip


def word(name: str, meaning: str) -> str:
    """What a word of a report means."""
    return f"**{name}**: {meaning}"


def verdict(report: Report, one: Verdict, head_sha: str) -> str:
    """Why a benchmark or an import has its word, what one can do about it, and then the figures."""
    return "\n\n".join(filter(None, (_why(report, one, head_sha), _steps(one), "\n".join(_figures(report, one)))))


def _why(report: Report, one: Verdict, head_sha: str) -> str:
    measured = report.revisions.head_sha
    moved = f" (head is now {code_span(head_sha[:10])})" if head_sha != measured else ""
    because = prose(one.reason) if one.reason else words.shown(one, report)
    said = f"{code_span(one.id)} at head {code_span(measured[:10])}{moved}: **{one.verdict}** ({because})."
    return " ".join([said, *(row.why for row in reasons.advice(one.reason or ""))])


def _steps(one: Verdict) -> str:
    told = reasons.steps(one)
    return f"**What you can do:** {'; '.join(told)}." if told else ""


def _figures(report: Report, one: Verdict) -> Iterator[str]:
    if one.ratio is not None:
        yield f"- {prose(words.figures(one))}{f': {words.shown(one, report)}' if one.reason else ''}"
    causes = sorted((each for each in report.suspects if each.benchmark == one.id), key=lambda each: -each.share)
    for suspect in causes[:_MOST]:
        yield markdown.cause(suspect, 1, None)
    for other in [each for each in one.metrics if each.ratio is not None][:_MOST]:
        yield f"- {prose(words.further(other), 300)}"
    for fix in [each for each in report.fixes if each.benchmark == one.id][:_MOST]:
        yield markdown.candidate(fix, report)

"""The issue on a regression that was merged and that nobody had accepted; a comment where there are no issues.

It is found again by its first line. Partner: `bot/work/closed.py` opens it.
"""

from __future__ import annotations

from bot.core.model import Report
from bot.core.text import code_span, label, prose
from bot.reports import _words as words
from bot.reports import markdown

LABEL = "performance regression"


def mark(pull: int) -> str:
    """The first line of the issue on a pull request."""
    return f"<!-- perfwright:merged:{pull} -->"


def title(report: Report, pull: int) -> str:
    """Such as "Performance: 1 regression in 35 benchmarks merged with #12"."""
    return f"Performance: {label(words.headline(report), 80)} merged with #{pull}"


def body(report: Report, *, pull: int, author: str, link: markdown.Link, details: str, is_issue: bool) -> str:
    """What became slower, why, and what one can do; `author` is whom it mentions, if anybody."""
    close = "; close this issue where it is wanted" if is_issue else ""
    mention = f"@{author}: " if author else ""
    causes = [markdown.cause(one, count, link(one)) for one, count in words.causes(report)[:5]]
    return "\n\n".join([
        f"{mark(pull)}\n{mention}#{pull} was merged with {prose(words.headline(report))}, which nobody has accepted.",
        markdown.table([one for one in words.ordered(report.verdicts) if one.verdict == "regression"], report),
        "\n".join(causes) or "No cause is known.",
        f"What you can do: mend it, or take the change back{close}.",
        f"To reproduce: {code_span(words.reproduce(report), limit=200)}",
        f"[The whole report]({details})",
    ]) + "\n"  # fmt: skip

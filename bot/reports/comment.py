"""The one comment on a pull request: the newest report, and the older ones folded below it.

It is found again by a hidden mark in its first line. Partner: `bot/work/_publish.py` edits it in place.
"""

from __future__ import annotations

import re

from bot.core.claims import suspicious
from bot.core.model import Report
from bot.core.text import code_span, prose
from bot.reports import _words as words
from bot.reports import markdown

NAME = "comment"
LIMIT = 65_000
"""GitHub takes 65,536 characters."""
_OLDER = "<!-- perfwright:older -->"
_FAILURE = "<!-- perfwright:failure -->"
_TOLD = re.compile(rf"^\n{_FAILURE}\n.*")
_ENTRY = re.compile(r"^- .*$", re.MULTILINE)
_MOST_OLDER = 20


def mark(pull: int) -> str:
    """The first line of the comment on a pull request."""
    return f"<!-- perfwright:pull:{pull} -->"


def worth_saying(report: Report) -> bool:
    """Whether a report is worth a person's mail."""
    changed = any(one.verdict in words.CHANGES for one in report.verdicts) or report.verdict == "regression"
    return changed or bool(suspicious(report.verdicts))


def render(
    report: Report, *, pull: int = 0, link: markdown.Link = lambda _suspect: None, before: str = "", details: str = "",
    remark: str = "", fix: int | None = None,
) -> str:  # fmt: skip
    """The comment; `before` is what it says now, `details` the address of the whole report, `remark` one line more.

    `fix` is the pull request that mends a regression.
    """
    found, _, rest = markdown.render(report, link=link).rstrip("\n").partition("\n\n")
    found += f", at {code_span(report.revisions.head_sha[:10])}{f'; a fix is open as #{fix}' if fix else ''}"
    parts = (remark, found, rest, f"[The whole report]({details})" if details else "")
    shown = "\n\n".join([f"{mark(pull)}\n{_heading(report)}", *filter(None, parts)])
    return _with_older(shown, report, before) + "\n"


def with_failure(before: str, head_sha: str, why: str) -> str:
    """What the comment says now, and that a newer head could not be measured."""
    about = _HEAD.search(before)
    if about is None or about[1] == head_sha:
        return before
    start, rest = before[: about.end()], before[about.end() :]
    told = f"{code_span(head_sha[:10])} could not be measured: {prose(why, 300)}. What follows is about an older head."
    return f"{start}\n{_FAILURE}\n{told}{_TOLD.sub('', rest)}"


def _heading(report: Report) -> str:
    sha = re.sub(r"[^0-9a-f]", "", report.revisions.head_sha)
    return f"<!-- perfwright:head:{sha} {_summary(report)} -->"


def _summary(report: Report) -> str:
    return words.headline(report).replace("-->", "")


def _with_older(shown: str, report: Report, before: str) -> str:
    entries = _older(before, report.revisions.head_sha)
    while entries:
        listed = "\n".join(entries)
        folded = f"{_OLDER}\n<details><summary>Older reports</summary>\n\n{listed}\n\n</details>"
        if len(shown) + len(folded) + 2 <= LIMIT:
            return f"{shown}\n\n{folded}"
        entries.pop()
    return shown


_HEAD = re.compile(r"^<!-- perfwright:head:([0-9a-f]{7,64}) ([^\n<>`@\[\]|]{1,200}) -->$", re.MULTILINE)


def _older(before: str, head_sha: str) -> list[str]:
    """One line for each head that was reported on before, the newest first: text that was made here, checked again."""
    _, _, list_ = before.partition(_OLDER)
    kept = [line for line in _ENTRY.findall(list_) if re.fullmatch(r"- `[0-9a-f]{10}`: [^\n<>`@\[\]|]{1,200}", line)]
    if (last := _HEAD.search(before)) and last[1] != head_sha:
        kept.insert(0, f"- `{last[1][:10]}`: {last[2]}")
    return list(dict.fromkeys(line for line in kept if head_sha[:10] not in line))[:_MOST_OLDER]

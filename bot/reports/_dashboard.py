"""The dashboard issue: what a sweep has found and has not opened a pull request for.

It is found again by its first line. Partner: `bot/work/sweep.py` keeps it up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.model import Opportunity, Swept
from bot.core.text import code_span, several
from bot.reports import _sweep

MARK = "<!-- perfwright:dashboard -->"
TITLE = "Performance opportunities"
LABEL = "performance dashboard"
_ROOM = 55_000


def body(swept: Swept, opened: Sequence[int], left: Sequence[Opportunity], link: Callable[[Opportunity], str]) -> str:
    """The whole issue, below GitHub's limit; `link` is the address of an opportunity's lines."""
    pulls = ", ".join(f"#{number}" for number in opened) or "none"
    head = [
        MARK,
        f"Perfwright has looked at {several(swept.files, 'file')} of {code_span(swept.rev_sha[:10])}."
        f" Open fix pull requests: {pulls}.",
        "Close this issue to stop its updates; `/perf ignore RULE` on any pull request stops words about a rule.",
    ]
    if not left:
        return "\n\n".join([*head, "Nothing else was found."]) + "\n"
    table = ["| rule | place | cost | with the fix | fix | state |", "|:--|:--|--:|--:|:--|:--|"]
    room = _ROOM - sum(map(len, head))
    for number, one in enumerate(left):
        row = _sweep.row(one, link(one))
        room -= len(row) + 1
        if room < 0:
            table.append(f"| … and {len(left) - number:,} more | | | | | |")
            break
        table.append(row)
    note = (
        "*Cost* is the share of its benchmark's bytecodes, *with the fix* how the benchmark changes; a dash: not known,"
        " mostly because no benchmark reaches it. A *safe* fix keeps what the code does whatever comes, an *unsafe* one"
        " as far as it was verified; `/perf explain RULE` on any pull request says more."
    )
    return "\n\n".join([*head, "\n".join(table), note]) + "\n"

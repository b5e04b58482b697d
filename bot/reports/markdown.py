"""The report as Markdown: the comment on a pull request, and `check --markdown`.

Every section has a share of the room that GitHub gives a comment, so that nothing is ever cut in the middle of a table
or a fence, and says itself what it leaves out. Partner: `bot/core/text.py`, through which all text of strangers passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.core import reasons
from bot.core.model import UNITS, Fix, Report, Suspect, Verdict
from bot.core.text import code_span, fence, prose
from bot.reports import _words as words

NAME = "markdown"
LIMIT = 60_000
"""GitHub takes 65,536 characters in a comment. The shares below add up to less than this."""
_CHANGED_SHARE = 13_000
_FURTHER_SHARE = 3_000
_FAILED_SHARE = 3_000
_OTHER_SHARE = 7_000
_QUIET_SHARE = 9_000
_CAUSES_SHARE = 6_000
_PATCHES_SHARE = 9_000
_CANDIDATES_SHARE = 3_000
_UNCOVERED_SHARE = 2_000
_NOTES_SHARE = 3_000
_MOST_CAUSES = 5
_MOST_FIXES = 3
_MOST_STEPS = 4
_MOST_REACHED = 5
_NAME_LIMIT = 120
_UNIT_LIMIT = 40
_WHOLE = "`perfwright check --json` has everything"
Link = Callable[[Suspect], str | None]
"""The address of a suspect's lines, where the surface has one."""


def render(report: Report, *, link: Link = lambda _suspect: None) -> str:
    """The whole report, below GitHub's limit whatever comes."""
    rows = words.ordered(report.verdicts)
    loud = any(one.verdict != "no change" for one in rows) or bool(words.telling(report))
    shown = _parts(report, rows, link) if loud else _quiet_parts(report, rows)
    return "\n\n".join(shown) + "\n"


def _parts(report: Report, rows: Sequence[Verdict], link: Link) -> Iterator[str]:
    yield _headline(report)
    yield from _changed([one for one in rows if one.verdict in words.CHANGES], report)
    yield from _further(report)
    yield from _failed([one for one in rows if one.verdict == "failed"])
    yield from _causes(report, link)
    yield from _fixes(report)
    yield from _candidates(report)
    yield from _others([one for one in rows if one.verdict in ("inconclusive", "added", "removed")], report)
    yield from _unchanged([one for one in rows if one.verdict == "no change"], report)
    yield from _remarks(report)
    yield _folded("How this was measured, and how to reproduce it", "\n\n".join(_measurement(report)))


def _quiet_parts(report: Report, rows: Sequence[Verdict]) -> Iterator[str]:
    """When nothing changed: one line, and the rest for whoever asks."""
    yield _headline(report)
    yield from _remarks(report)
    measured = [table(rows, report, _QUIET_SHARE)] if rows else []
    yield _folded("Benchmarks, and how to reproduce this", "\n\n".join([*measured, *_measurement(report)]))


def _headline(report: Report) -> str:
    return f"**Perfwright: {words.found(report)}** {words.scope(report)}".rstrip()


def _changed(rows: Sequence[Verdict], report: Report) -> Iterator[str]:
    if not rows:
        return
    yield table(rows, report)
    if rows[0].verdict == "regression":
        yield words.explanation(report)


def table(rows: Sequence[Verdict], report: Report, share: int = _CHANGED_SHARE) -> str:
    """Benchmarks with their figures and verdicts."""
    unit = " (instructions)" if UNITS[report.metric] == "instructions" else ""
    head = [f"| benchmark | base{unit} | head{unit} | change | interval | verdict |", "|:--|--:|--:|:--|:--|:--|"]
    return _fitting(head, map(_row, rows), share, left="| … and {} more | | | | | |")


def _row(one: Verdict) -> str:
    arrows = words.bar(one.ratio) if one.verdict in words.CHANGES else ""
    change = f"{words.change(one.ratio)} {arrows}".strip()
    because = f": {prose(one.reason, 160, table=True)}" if one.reason else ""
    return (
        f"| {_cell(one.id)} | {_amount(one.base, one)} | {_amount(one.head, one)} | {change} |"
        f" {words.interval(one.interval, one.ratio)} | {one.verdict}{because} |"
    )


def _amount(value: float | None, one: Verdict) -> str:
    """A suite names the unit of what it reckons itself."""
    told = words.amount(value, one.unit)
    return told if told == "-" else prose(told, _UNIT_LIMIT, table=True)


def _further(report: Report) -> Iterator[str]:
    """What is measured beside the gate, where it says something."""
    if rows := words.telling(report):
        items = (f"- {_name(one.id)}: {prose(words.further(one), 300)}" for one in rows)
        yield _fitting(["**Also measured**", ""], items, _FURTHER_SHARE)


def _failed(rows: Sequence[Verdict]) -> Iterator[str]:
    if rows:
        items = (f"- {_name(one.id)}: {prose(one.reason or 'no reason is known')}" for one in rows)
        yield _fitting(["**Failed**", ""], items, _FAILED_SHARE)


def _others(rows: Sequence[Verdict], report: Report) -> Iterator[str]:
    """In the open where there is nothing better to say, and folded otherwise."""
    if not rows:
        return
    head = ["| benchmark | verdict | change | interval | reason |", "|:--|:--|:--|:--|:--|"]
    cells = (
        f"| {_cell(one.id)} | {one.verdict} | {words.change(one.ratio)} | {words.interval(one.interval, one.ratio)} |"
        f" {prose(one.reason or '', table=True)} |"
        for one in rows
    )
    shown = _fitting(head, cells, _OTHER_SHARE, left="| … and {} more | | | | |")
    if report.verdict != "inconclusive":
        yield _folded(words.tally(rows), shown)
        return
    yield shown
    if steps := dict.fromkeys(step for one in rows for step in reasons.steps(one)):
        yield f"What you can do: {'; '.join(list(steps)[:_MOST_STEPS])}."


def _unchanged(rows: Sequence[Verdict], report: Report) -> Iterator[str]:
    if rows:
        yield _folded(f"{len(rows):,} unchanged", table(rows, report, _QUIET_SHARE))


def _causes(report: Report, link: Link) -> Iterator[str]:
    causes = words.causes(report)
    unexplained = words.unexplained(report)
    if not causes and not unexplained:
        return
    yield "#### Cause"
    items = [cause(suspect, count, link(suspect)) for suspect, count in causes[:_MOST_CAUSES]]
    if rest := causes[_MOST_CAUSES:]:
        items.append(f"- … and {words.several(len(rest), 'more function')} with a smaller part in it; {_WHOLE}.")
    if unexplained:
        items.append(_no_cause(unexplained))
    yield _fitting([], items, _CAUSES_SHARE)


def cause(suspect: Suspect, count: int, address: str | None) -> str:
    """A function, with the share of a benchmark that it explains, and the evidence."""
    more = f" (and a part of {words.several(count - 1, 'other regression')})" if count > 1 else ""
    where = f"; hunk {_name(words.hunk(suspect))}" if suspect.hunk else ""
    lines = f"[{words.lines(suspect)}]({address})" if address else words.lines(suspect)
    return (
        f"- {_name(suspect.function)} in {_name(suspect.path)} {lines} explains"
        f" **{words.share(suspect)}** of {_name(suspect.benchmark)}{more}.\n"
        f"  Evidence: {prose(suspect.evidence, 400)}{where}"
    )


def _no_cause(rows: Sequence[Verdict]) -> str:
    names = ", ".join(_name(one.id) for one in rows[:3])
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    return f"- No cause is known for {names}{more}."


def _fixes(report: Report) -> Iterator[str]:
    shown = _verified(report)[:_MOST_FIXES]
    for fix in shown:
        yield f"#### Fix: {_name(fix.rule)} in {_name(fix.function)}"
        caution = f". Look closely: {prose(fix.reason)}" if fix.reason else ""
        note = f". It {prose(fix.note)}" if fix.note else ""
        yield f"verified: {words.outcome(fix, report.metric) or 'no number is known'}{note}{caution}{_doubts(fix)}"
        limit = _PATCHES_SHARE // len(shown)
        yield fence(fix.patch, "diff", limit=limit)
        if len(fix.patch) > limit:
            yield f"The patch is longer than shown; {_WHOLE}."


def _doubts(fix: Fix) -> str:
    """What verifying could not tell."""
    silent = words.not_compared(fix)
    told = f". Mind that {prose(silent, 300)}" if silent else ""
    if names := words.flaky(fix):
        told += f". Flaky with it or without: {', '.join(map(_name, names))}"
    return told


def _verified(report: Report) -> list[Fix]:
    return [fix for fix in report.fixes if fix.status == "verified"]


def _candidates(report: Report) -> Iterator[str]:
    rejected = [fix for fix in report.fixes if fix.status != "verified"]
    rest = [*_verified(report)[_MOST_FIXES:], *rejected]
    if rest:
        candidates = "candidate" if len(rest) == len(report.fixes) else "more candidate"
        title = f"{words.several(len(rest), candidates)} for a fix"
        yield _folded(title, _fitting([], (candidate(fix, report) for fix in rest), _CANDIDATES_SHARE))


def candidate(fix: Fix, report: Report) -> str:
    """What became of a patch."""
    told = words.outcome(fix, report.metric)
    because = prose(fix.reason, 500) if fix.reason else ""
    why = "; ".join(part for part in (because, told) if part) or "no reason is known"
    return f"- {fix.status}: {_name(fix.rule)} in {_name(fix.function)}: {why}"


def _remarks(report: Report) -> Iterator[str]:
    if report.uncovered:
        title = f"{words.several(len(report.uncovered), 'changed function')} that no benchmark reaches"
        items = [*(f"- {_name(name)}" for name in report.uncovered), *_reached(report)]
        if words.unreached(report):  # in the open, like every reason for saying nothing
            yield _fitting([f"**{title}**", ""], items, _UNCOVERED_SHARE)
            yield f"What you can do: write a benchmark that calls {'it' if len(report.uncovered) == 1 else 'them'}."
        else:
            yield _folded(title, _fitting([], items, _UNCOVERED_SHARE))
    if report.notes:
        title = words.several(len(report.notes), "note")
        yield _folded(title, _fitting([], (f"- {prose(note, 400)}" for note in report.notes), _NOTES_SHARE))


def _reached(report: Report) -> Iterator[str]:
    """The other changed functions, so that nobody takes them for unmeasured as well."""
    if report.covered:
        more = f" and {len(report.covered) - _MOST_REACHED:,} more" if len(report.covered) > _MOST_REACHED else ""
        yield f"\nReached: {', '.join(map(_name, report.covered[:_MOST_REACHED]))}{more}."


def _measurement(report: Report) -> Iterator[str]:
    yield fence(words.reproduce(report), "sh", limit=400)
    yield prose(words.provenance(report), 400)
    yield f"Base is measured at the merge base, {code_span(report.revisions.merge_base_sha[:10])}."


def _name(text: str) -> str:
    return code_span(text, limit=_NAME_LIMIT)


def _cell(text: str) -> str:
    return code_span(text, limit=_NAME_LIMIT, table=True)


def _folded(title: str, content: str) -> str:
    """Closed at first; `title` is in our own words."""
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"


def _fitting(head: Sequence[str], items: Iterable[str], share: int, *, left: str = "- … and {} more") -> str:
    """As many items as fit into the share, and how many are left out."""
    shown, room, more = list(head), share - sum(map(len, head)), 0
    for item in items:
        room -= len(item) + 1
        if room < 0:
            more += 1
        else:
            shown.append(item)
    return "\n".join([*shown, left.format(f"{more:,}")] if more else shown)

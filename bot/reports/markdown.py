"""The report as Markdown: the comment on a pull request, and `check --markdown`.

All text of the repository passes through `bot/core/text.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core import words
from bot.core.model import Fix, Report, Suspect, Verdict
from bot.core.text import code_span, fence, shorten

NAME = "markdown"
LIMIT = 60_000
"""GitHub takes 65,536 characters in a comment."""
_MOST_ROWS = 100
_MOST_CAUSES = 5
_MOST_FIXES = 3
_PATCH_LIMIT = 6000


def render(report: Report) -> str:
    """The whole report; always below GitHub's limit, saying what was left out."""
    blocks = [
        f"**Perfwright: {words.headline(report)}**",
        *_tables(report),
        *_causes(report),
        *_fixes(report),
        *_uncovered(report),
        *_notes(report),
        _footer(report),
    ]
    return _within("\n\n".join(blocks) + "\n")


def _within(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    cut = text[:LIMIT].rpartition("\n\n")[0]
    # A fence or fold that the cut leaves open would swallow the sentence that says so.
    fences = [line for line in cut.split("\n") if line.startswith("```")]
    closing = "\n" + fences[-1].rstrip("abcdefghijklmnopqrstuvwxyz") if len(fences) % 2 else ""
    folds = "\n</details>" * max(0, cut.count("<details>") - cut.count("</details>"))
    return f"{cut}{closing}\n{folds}\n\nThe rest is left out: the report is longer than a comment may be.\n"


def _tables(report: Report) -> Iterator[str]:
    rows = words.ordered(report.verdicts)
    telling = [one for one in rows if one.verdict in ("regression", "improvement", "failed")]
    quiet = [one for one in rows if one not in telling]
    if telling:
        yield _table(telling)
    if quiet:
        kinds = ", ".join(
            f"{sum(one.verdict == word for one in quiet)} {word}"
            for word in words.ORDER
            if any(one.verdict == word for one in quiet)
        )
        yield _folded(f"Other benchmarks: {kinds}", _table(quiet))


def _table(rows: Sequence[Verdict]) -> str:
    lines = ["| benchmark | base | head | change | interval | verdict |", "|---|--:|--:|:--|:--|---|"]
    for one in rows[:_MOST_ROWS]:
        because = f": {code_span(one.reason, limit=160, table=True)}" if one.reason else ""
        change = f"{words.change(one.ratio)} {words.bar(one.ratio) if one.verdict in _CHANGES else ''}".strip()
        lines.append(
            f"| {code_span(one.id, limit=120, table=True)} | {words.amount(one.base, one.unit)} |"
            f" {words.amount(one.head, one.unit)} | {change} | {words.interval(one.interval)} |"
            f" {one.verdict}{because} |"
        )
    if len(rows) > _MOST_ROWS:
        lines.append(f"| … and {len(rows) - _MOST_ROWS} more | | | | | |")
    return "\n".join(lines)


_CHANGES = ("regression", "improvement")


def _causes(report: Report) -> Iterator[str]:
    found = words.causes(report)
    if found:
        yield "**Cause**"
        yield "\n".join(_cause(suspect, count) for suspect, count in found[:_MOST_CAUSES])
    elif any(one.verdict == "regression" for one in report.verdicts):
        yield "**Cause:** no function that the diff touches explains it."


def _cause(suspect: Suspect, count: int) -> str:
    more = f", and in {count - 1} more" if count > 1 else ""
    return (
        f"- {code_span(suspect.function)} in {code_span(suspect.path)}, {words.lines(suspect)}, explains"
        f" {suspect.share * 100:.0f} % of {code_span(suspect.benchmark, limit=120)}{more}:"
        f" {suspect.evidence} ({code_span(suspect.hunk, limit=80)})"
    )


def _fixes(report: Report) -> Iterator[str]:
    verified = [fix for fix in report.fixes if fix.status == "verified"]
    others = [fix for fix in report.fixes if fix.status != "verified"]
    for fix in verified[:_MOST_FIXES]:
        caution = f"\n\nLook closely: {code_span(fix.reason)}" if fix.reason else ""
        yield (
            f"**Verified fix:** {code_span(fix.rule)} in {code_span(fix.function)}:"
            f" {words.outcome(fix, report.metric)}{caution}\n\n{fence(fix.patch, 'diff', limit=_PATCH_LIMIT)}"
        )
    if others or verified[_MOST_FIXES:]:
        rest = [*verified[_MOST_FIXES:], *others]
        yield _folded(f"Other candidates: {len(rest)}", "\n".join(_candidate(fix, report.metric) for fix in rest))


def _candidate(fix: Fix, metric: str) -> str:
    return (
        f"- {code_span(fix.rule)} in {code_span(fix.function)}: {fix.status}: {code_span(words.outcome(fix, metric))}"
    )


def _uncovered(report: Report) -> Iterator[str]:
    if report.uncovered:
        listed = "\n".join(f"- {code_span(name)}" for name in report.uncovered[:50])
        yield _folded(f"Changed functions that no benchmark reaches: {len(report.uncovered)}", listed)


def _notes(report: Report) -> Iterator[str]:
    if report.notes:
        yield _folded(f"Notes: {len(report.notes)}", "\n".join(f"- {code_span(note)}" for note in report.notes[:20]))


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"


def _footer(report: Report) -> str:
    machine, revisions = report.machine, report.revisions
    tools = "".join(f", {name} {version}" for name, version in sorted(machine.tools.items()))
    command = f"perfwright check --base {revisions.base_sha} --head {revisions.head_sha}"
    return (
        f"{words.explanation(report)}\n\n"
        f"<sub>{report.metric}, CPython {machine.python}{tools}, {shorten(machine.cpu, 60)}, {machine.cores} cores,"
        f" sandbox {machine.sandbox}, {report.seconds:.0f} s. Merge base {revisions.merge_base_sha[:10]}, head"
        f" {revisions.head_sha[:10]}. Reproduce: <code>{command}</code></sub>"
    )

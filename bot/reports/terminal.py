"""The report for a person at a terminal, with rich; the same words as everywhere, colours only beside them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from bot.core import words
from bot.core.model import Report, Suspect, Verdict, Word
from bot.core.text import plain, shorten, visible

NAME = "terminal"
_STYLES: dict[Word, str] = {
    "regression": "bold red", "failed": "red", "improvement": "green", "inconclusive": "yellow",
    "added": "cyan", "removed": "cyan", "no change": "dim",
}  # fmt: skip
_MOST_QUIET = 12
_MOST_CAUSES = 5
_MOST_FIXES = 3


def render(report: Report, *, width: int = 100, colour: bool = False) -> str:
    """The report in lines of at most `width` columns."""
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=colour, no_color=not colour, color_system="standard" if colour else None,
        highlight=False, emoji=False, markup=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    for part in (_head(report), *_tables(report, width), *_causes(report, width), *_fixes(report), *_end(report)):
        console.print(part, soft_wrap=isinstance(part, Text))
    # rich pads rows to the full width; nobody needs the spaces.
    return "\n".join(line.rstrip() for line in file.getvalue().split("\n"))


def _head(report: Report) -> Text:
    style = _STYLES[report.verdict]
    return Text.assemble("\n", ("Perfwright: ", "bold"), (words.headline(report), style))


def _tables(report: Report, width: int) -> Iterator[RenderableType]:
    rows = words.ordered(report.verdicts)
    telling = [one for one in rows if one.verdict != "no change"]
    quiet = [one for one in rows if one.verdict == "no change"]
    shown = telling + quiet[: max(0, _MOST_QUIET - len(telling))]
    if shown:
        yield ""
        yield _table(shown, width)
    if left := len(rows) - len(shown):
        yield Text(f"… and {left} without a change", style="dim")
    reasons = [one for one in telling if one.reason]
    for one in reasons[:20]:
        yield Text.assemble(
            (f"{one.verdict}: ", _STYLES[one.verdict]), f"{plain(one.id, 100)}: {plain(one.reason or '')}"
        )


def _table(rows: Sequence[Verdict], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    wide = width >= 100
    room = max(20, width - (68 if wide else 42))
    table.add_column("benchmark", no_wrap=True, max_width=room)
    if wide:
        table.add_column("base", justify="right", no_wrap=True)
        table.add_column("head", justify="right", no_wrap=True)
    table.add_column("change", justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for one in rows:
        cells = [words.amount(one.base, one.unit), words.amount(one.head, one.unit)] if wide else []
        table.add_row(
            Text(shorten(plain(one.id, 500), room)),
            *cells,
            words.change(one.ratio),
            words.interval(one.interval),
            Text(one.verdict, style=_STYLES[one.verdict]),
        )
    return table


def _causes(report: Report, width: int) -> Iterator[RenderableType]:
    found = words.causes(report)
    if found:
        yield Text("\nCause", style="bold")
        for suspect, count in found[:_MOST_CAUSES]:
            yield _cause(suspect, count, width)
    elif any(one.verdict == "regression" for one in report.verdicts):
        yield Text("\nNo function that the diff touches explains it.")


def _cause(suspect: Suspect, count: int, width: int) -> Text:
    more = f" and in {count - 1} more" if count > 1 else ""
    where = f"{plain(suspect.path, 120)}:{suspect.lines[0]}"
    return Text.assemble(
        (f"  {plain(suspect.function, 120)}", "bold"),
        f" ({where}) explains {suspect.share * 100:.0f} % of\n    {plain(suspect.benchmark, width - 20)}{more}\n",
        *(f"    {piece}\n" for piece in suspect.evidence.split("; ")),
        f"    hunk {shorten(plain(suspect.hunk), width - 9)}",
    )


def _fixes(report: Report) -> Iterator[RenderableType]:
    verified = [fix for fix in report.fixes if fix.status == "verified"]
    for fix in verified[:_MOST_FIXES]:
        yield Text.assemble(
            ("\nVerified fix", "bold green"),
            f" {fix.rule} in {plain(fix.function, 120)}:\n  {words.outcome(fix, report.metric)}",
        )
        if fix.reason:
            yield Text(f"  look closely: {plain(fix.reason)}", style="yellow")
        yield _patch(fix.patch)
    for fix in report.fixes:
        if fix.status != "verified":
            told = plain(words.outcome(fix, report.metric))
            yield Text(f"{fix.status} candidate {fix.rule} in {plain(fix.function, 120)}: {told}", style="dim")


def _patch(patch: str) -> Text:
    """Long lines are left to the terminal: a patch with a line cut short would be a lie."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    lines = [Text(line, style=styles.get(line[:1], "")) for line in visible(patch).rstrip("\n").split("\n")]
    return Text("\n").join(lines)


def _end(report: Report) -> Iterator[RenderableType]:
    yield ""
    if report.uncovered:
        names = ", ".join(plain(name, 80) for name in report.uncovered[:5])
        rest = f" and {len(report.uncovered) - 5} more" if len(report.uncovered) > 5 else ""
        yield Text(f"no benchmark reaches: {names}{rest}", style="dim")
    for note in report.notes:
        yield Text(f"note: {plain(note)}", style="dim")
    machine = report.machine
    yield Text(
        f"{report.metric}, CPython {machine.python}, sandbox {machine.sandbox}, {report.seconds:.0f} s\n"
        f"merge base {report.revisions.merge_base_sha[:10]}, head {report.revisions.head_sha[:10]}",
        style="dim",
    )

"""The report for a person at a terminal, with rich; the same words as everywhere, colours only beside them.

Partner: `bot/core/text.py`, without which nothing of the repository is printed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.core.model import Fix, Report, Suspect, Verdict, Word
from bot.core.text import inert, plain, visible
from bot.reports import _words as words

NAME = "terminal"
NARROWEST = 60
_STYLES: dict[Word, str] = {
    "regression": "bold red", "failed": "red", "improvement": "green", "inconclusive": "yellow",
    "added": "cyan", "removed": "cyan", "no change": "dim",
}  # fmt: skip
# A sign opens every row, so that colour is never the only one, and no name is the first thing on a line.
_SIGNS: dict[Word, str] = {
    "regression": "▲", "failed": "✗", "improvement": "▼", "inconclusive": "?",
    "added": "+", "removed": "-", "no change": "=",
}  # fmt: skip
_MOST_TELLING = 40
_MOST_QUIET = 12
_MOST_CAUSES = 5
_MOST_FIXES = 3
_MOST_CANDIDATES = 10
_MOST_NOTES = 10
_PATCH_LINES = 60
_WIDE = 100
_SHORTEST_NAME = 10
_WHOLE = "--json has everything"


def render(report: Report, *, width: int = 100, colour: bool = False) -> str:
    """The report in lines of at most `width` columns, except for what a person may want to copy: patch and command."""
    width = max(width, NARROWEST)
    file = io.StringIO()
    console = Console(
        file=file, width=width, height=25, force_terminal=colour, no_color=not colour, force_jupyter=False,
        color_system="standard" if colour else None, highlight=False, emoji=False, markup=False, legacy_windows=False,
        _environ={},
    )  # fmt: skip
    for part in _parts(report, width):
        if isinstance(part, _Exact):
            console.print(part.text, soft_wrap=True)
        else:
            console.print(part)
    # rich pads rows to the full width, which nobody needs; and wherever it breaks a line, a log may read a command.
    return inert("\n".join(line.rstrip() for line in file.getvalue().split("\n")))


class _Exact:
    """Lines that are printed as they are, however long: one that is cut or wrapped could not be copied."""

    def __init__(self, text: Text) -> None:
        self.text = text


Part = RenderableType | _Exact


def _parts(report: Report, width: int) -> Iterator[Part]:
    yield Text.assemble(
        "\n",
        ("Perfwright: ", "bold"),
        (words.found(report), _STYLES[report.verdict]),
        f" {words.scope(report)}".rstrip(),
    )
    yield from _rows(report, width)
    yield from _further(report, width)
    yield from _reasons(report, width)
    yield from _causes(report, width)
    yield from _fixes(report, width)
    yield from _candidates(report)
    yield from _remarks(report)
    yield from _end(report)


def _rows(report: Report, width: int) -> Iterator[Part]:
    rows = words.ordered(report.verdicts)
    telling = [one for one in rows if one.verdict != "no change"]
    quiet = [one for one in rows if one.verdict == "no change"]
    shown = [*telling[:_MOST_TELLING], *quiet[: max(0, _MOST_QUIET - len(telling))]]
    if shown:
        yield ""
        yield _table(shown, width)
    if left := [*telling[_MOST_TELLING:], *quiet[max(0, _MOST_QUIET - len(telling)) :]]:
        yield Text(f"  … and {words.tally(left)}", style="dim")
    if telling and telling[0].verdict == "regression":
        yield ""
        yield Text(words.explanation(report), style="dim")


def _table(rows: Sequence[Verdict], width: int) -> Table:
    head, *cells = _cells(rows, wide=width >= _WIDE)
    taken = sum(max(map(cell_len, column)) + 2 for column in zip(head, *cells, strict=True))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("  benchmark", no_wrap=True)
    for title in head:
        table.add_column(title, justify="right" if title in ("base", "head", "change") else "left", no_wrap=True)
    for one, row in zip(rows, cells, strict=True):
        style = _STYLES[one.verdict]
        name = Text.assemble((f"{_SIGNS[one.verdict]} ", style), _name(one.id, width - taken - 2))
        table.add_row(name, *row[:-1], Text(row[-1], style=style))
    return table


def _cells(rows: Sequence[Verdict], *, wide: bool) -> Iterator[list[str]]:
    """The columns after the name, the title first; a narrow terminal goes without the ones that say least."""
    yield ["base", "head", "change", "", "interval", "verdict"] if wide else ["change", "interval", "verdict"]
    for one in rows:
        amounts = [plain(words.amount(value, one.unit), 24) for value in (one.base, one.head)] if wide else []
        bar = [words.bar(one.ratio) if one.verdict in words.CHANGES else ""] if wide else []
        yield [*amounts, words.change(one.ratio), *bar, words.interval(one.interval, one.ratio), one.verdict]


def _further(report: Report, width: int) -> Iterator[Part]:
    """What is measured beside the gate, where it says something."""
    rows = words.telling(report)
    if rows:
        yield Text("\nAlso measured", style="bold")
    for one in rows[:_MOST_NOTES]:
        yield Text.assemble("  ", _name(one.id, width - 2))
        yield _below(plain(words.further(one), 300), style=_STYLES[one.verdict])
    yield from _more(len(rows) - _MOST_NOTES, "more metric")


def _reasons(report: Report, width: int) -> Iterator[Part]:
    """Why a benchmark has no better word, for those that have a reason."""
    reasons = [one for one in words.ordered(report.verdicts) if one.reason and one.verdict != "no change"]
    if reasons:
        yield ""
    for one in reasons[:_MOST_NOTES]:
        name, reason = _name(one.id, width - 14), plain(one.reason or "")
        together = len(one.verdict) + cell_len(name) + cell_len(reason) + 3 <= width
        yield Text.assemble((one.verdict, _STYLES[one.verdict]), f" {name}", f": {reason}" if together else "")
        if not together:
            yield _below(reason)
    yield from _more(len(reasons) - _MOST_NOTES, "more reason")


def _causes(report: Report, width: int) -> Iterator[Part]:
    causes, unexplained = words.causes(report), words.unexplained(report)
    if causes or unexplained:
        yield Text("\nCause", style="bold")
    for suspect, count in causes[:_MOST_CAUSES]:
        yield from _cause(suspect, count, width)
    yield from _more(len(causes) - _MOST_CAUSES, "more function")
    for one in unexplained[:_MOST_CAUSES]:
        yield Text.assemble("  No cause is known for ", _name(one.id, width - 24))
    yield from _more(len(unexplained) - _MOST_CAUSES, "more regression")


def _cause(suspect: Suspect, count: int, width: int) -> Iterator[Part]:
    yield Text.assemble("  ", (_name(suspect.function, width - 2), "bold"))
    yield Text.assemble("    in ", _name(suspect.path, width - 30), f", {words.lines(suspect)}")
    yield Text.assemble("    explains ", (words.share(suspect), "bold"), " of ", _name(suspect.benchmark, width - 22))
    if count > 1:
        yield Text(f"    and a part of {words.several(count - 1, 'other regression')}")
    for piece in plain(suspect.evidence, 600).split("; "):
        yield _below(piece)
    if suspect.hunk:
        yield Text.assemble("    ", (_name(words.hunk(suspect), width - 4), "cyan"))


def _fixes(report: Report, width: int) -> Iterator[Part]:
    verified = [fix for fix in report.fixes if fix.status == "verified"]
    for fix in verified[:_MOST_FIXES]:
        yield Text.assemble(("\nFix: ", "bold"), _name(fix.rule, 40), " in ", (_name(fix.function, width - 50), "bold"))
        gain = Text.assemble(("verified: ", "bold green"), words.outcome(fix, report.metric) or "no number is known")
        yield Padding(gain, (0, 0, 0, 2))
        if fix.note:
            yield _below(f"it {plain(fix.note)}")
        if fix.reason:
            yield _below(f"look closely: {plain(fix.reason)}", style="yellow")
        if silent := words.not_compared(fix):
            yield _below(f"mind that {plain(silent, 300)}", style="yellow")
        if names := words.flaky(fix):
            yield _below(f"flaky with it or without: {', '.join(plain(name, 80) for name in names)}")
        yield ""
        yield _Exact(_patch(fix.patch))
    yield from _more(len(verified) - _MOST_FIXES, "more verified fix", plural="es")


def _patch(patch: str) -> Text:
    lines = visible(patch).rstrip("\n").split("\n")
    shown = [Text(line, style=_patch_style(line)) for line in lines[:_PATCH_LINES]]
    if left := len(lines) - _PATCH_LINES:
        shown += [Text(f"… {words.several(left, 'more line')}; {_WHOLE}", style="dim")] if left > 0 else []
    return Text("\n").join(shown)


def _patch_style(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")


def _candidates(report: Report) -> Iterator[Part]:
    others = [fix for fix in report.fixes if fix.status != "verified"]
    if others:
        other = "Other candidates" if len(others) < len(report.fixes) else "Candidates"
        yield Text(f"\n{other} for a fix", style="bold")
    for fix in others[:_MOST_CANDIDATES]:
        yield Padding(Text(f"{fix.status}: {plain(fix.rule, 60)} in {plain(fix.function, 120)}"), (0, 0, 0, 2))
        yield _below(_why(fix, report))
    yield from _more(len(others) - _MOST_CANDIDATES, "more candidate")


def _why(fix: Fix, report: Report) -> str:
    because = plain(fix.reason, 500) if fix.reason else ""
    return "; ".join(part for part in (because, words.outcome(fix, report.metric)) if part) or "no reason is known"


def _remarks(report: Report) -> Iterator[Part]:
    if report.uncovered:
        yield Text("\nChanged functions that no benchmark reaches", style="bold")
    for name in report.uncovered[:_MOST_NOTES]:
        yield Padding(Text(plain(name, 120), overflow="fold"), (0, 0, 0, 2))
    yield from _more(len(report.uncovered) - _MOST_NOTES, "more function")
    if report.uncovered and report.covered:
        yield Padding(Text("reached:", style="dim"), (0, 0, 0, 2))
        for name in report.covered[:_MOST_CAUSES]:
            yield _below(plain(name, 120))
        yield from _more(len(report.covered) - _MOST_CAUSES, "more function")
    if report.notes:
        yield Text("\nNotes", style="bold")
    for note in report.notes[:_MOST_NOTES]:
        yield Padding(Text(f"- {plain(note, 400)}", overflow="fold"), (0, 0, 0, 2))
    yield from _more(len(report.notes) - _MOST_NOTES, "more note")


def _end(report: Report) -> Iterator[Part]:
    base = plain(report.revisions.merge_base_sha[:10])
    yield Text(f"\n{plain(words.provenance(report), 400)} Base is the merge base, {base}.", style="dim")
    yield Text("\nReproduce with")
    yield _Exact(Text(f"  {plain(words.reproduce(report))}"))


def _more(number: int, noun: str, *, plural: str = "s") -> Iterator[Part]:
    if number > 0:
        yield Text(f"  … and {number:,} {noun}{plural if number > 1 else ''}; {_WHOLE}", style="dim")


def _below(text: str, style: str = "") -> Padding:
    return Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, 4))


def _name(text: str, room: int) -> str:
    """A name of at most `room` columns, without its middle where it is longer."""
    name, room = plain(text, 500), max(room, _SHORTEST_NAME)
    if cell_len(name) <= room:
        return name
    front = (room - 1) // 2
    return f"{set_cell_size(name, front)}…{set_cell_size(name[::-1], room - 1 - front)[::-1]}"

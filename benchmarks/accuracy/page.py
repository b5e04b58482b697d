"""Writes what the bench found into docs/accuracy.md, between two marks, and draws docs/accuracy.svg.

Partner: `__main__.py` has asked; a row of its file is one tool's answer about one pair of revisions.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.accuracy.tools import TOOLS

DOCS = Path("docs/accuracy.md")
PICTURE = Path("docs/accuracy.svg")
BEGIN, END = "<!-- begin: make accuracy -->", "<!-- end: make accuracy -->"
CHANGES = ("regression", "improvement")
Rows = Sequence[dict[str, Any]]
Share = tuple[int, int]
"""So many of so many."""


def write(rows: Rows, versions: str) -> None:
    """Both, from all answers."""
    PICTURE.write_text(picture(rows))
    text = DOCS.read_text()
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    DOCS.write_text(f"{before}{BEGIN}\n{section(rows, versions)}{END}{after}")
    print(f"{DOCS} and {PICTURE} are written")


def section(rows: Rows, versions: str) -> str:
    """The part of the page that is generated."""
    quiet = [row["load"] for row in rows if row["condition"] != "neighbour"]
    total = false_alarms(rows, "Perfwright", "quiet"), false_alarms(rows, "Perfwright", "neighbour")
    called, asked = (sum(part) for part in zip(*total, strict=True))
    highest = 100 * wilson((called, asked))[1]
    return f"""
On {datetime.now(tz=UTC):%Y-%m-%d}, CPython {platform.python_version()}, {versions}.
All {len(rows)} pairs took {sum(row["seconds"] for row in rows) / 60:.0f} minutes.
The load of the machine before a pair was asked about: median {_median(quiet):.1f}, highest {max(quiet, default=0):.1f}.

![How often each rule calls equal code changed, and how often it calls more work slower](accuracy.svg)

**Perfwright called {called} of {asked} equal benchmarks changed** (95 % interval: up to {highest:.2f} %).

Equal code called changed, in either direction, with 95 % intervals, and seconds for one verdict when alone:

{alarms_table(rows)}

More work called slower, of so many:

{found_table(rows)}
"""


def rules(rows: Rows) -> list[str]:
    """All rules, in the order in which their tools are listed."""
    return list(dict.fromkeys(rule for tool in TOOLS for row in rows if row["tool"] == tool for rule in row["words"]))


def false_alarms(rows: Rows, rule: str, condition: str) -> Share:
    """How many equal pairs a rule calls changed, of how many."""
    return _share(rows, rule, lambda row, _: row["condition"] == condition, CHANGES)


def found(rows: Rows, rule: str, dose: float) -> Share:
    """How many of those with so much more work a rule calls slower."""
    return _share(rows, rule, lambda row, work: row["doses"].get(work) == dose, CHANGES[:1])


def _share(rows: Rows, rule: str, counts: Callable[[dict[str, Any], str], bool], words: Sequence[str]) -> Share:
    said = [word for row in rows for work, word in row["words"].get(rule, {}).items() if counts(row, work)]
    return sum(word in words for word in said), len(said)


def wilson(share: Share, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    hits, n = share
    if n == 0:
        return 0.0, 1.0
    p, scale = hits / n, 1 + z * z / n
    middle = (p + z * z / (2 * n)) / scale
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    return max(0.0, middle - reach), min(1.0, middle + reach)


def doses(rows: Rows) -> list[float]:
    """All that was injected, in percent."""
    return sorted({dose for row in rows for dose in row["doses"].values() if dose})


def alarms_table(rows: Rows) -> str:
    """One line a rule."""
    lines = ["| rule | alone | beside a neighbour | s a verdict |", "|---|--:|--:|--:|"]
    for rule in rules(rows):
        cells = [_with_interval(false_alarms(rows, rule, condition)) for condition in ("quiet", "neighbour")]
        spent = [row["seconds"] / len(row["words"][rule]) for row in rows
                 if rule in row["words"] and row["condition"] == "quiet"]  # fmt: skip
        lines.append(f"| {rule} | {' | '.join(cells)} | {_median(spent):.1f} |")
    return "\n".join(lines)


def _with_interval(share: Share) -> str:
    low, high = wilson(share)
    return f"{share[0]} of {share[1]} ({100 * low:.1f} to {100 * high:.1f} %)" if share[1] else "-"


def found_table(rows: Rows) -> str:
    """One line a rule, one column a dose."""
    columns = doses(rows)
    lines = [f"| rule | {' | '.join(f'{dose:g} %' for dose in columns)} |", "|---" + "|--:" * len(columns) + "|"]
    for rule in rules(rows):
        cells = (f"{hits}/{n}" if n else "-" for hits, n in (found(rows, rule, dose) for dose in columns))
        lines.append(f"| {rule} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0


# ---- the picture: a row for each rule; false alarms with their intervals on the left, what is found on the right

LABEL, AXIS, GAP, CELL, ROW, TOP = 256, 250, 36, 48, 30, 74
STYLE = """
.card { fill: #ffffff; stroke: #d0d7de } .ink { fill: #1f2328 } .soft { fill: #59636e }
.rule { stroke: #d8dee4 } .quiet { fill: #0969da; stroke: #0969da } .beside { fill: #ffffff; stroke: #bc4c00 }
.cell { fill: #1a7f37 } .empty { fill: none; stroke: #d8dee4 } .high { fill: #ffffff }
@media (prefers-color-scheme: dark) {
.card { fill: #0d1117; stroke: #30363d } .ink { fill: #e6edf3 } .soft { fill: #9198a1 }
.rule { stroke: #30363d } .quiet { fill: #58a6ff; stroke: #58a6ff } .beside { fill: #0d1117; stroke: #f0883e }
.cell { fill: #2ea043 } .empty { stroke: #30363d } }
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif }
.small { font-size: 11.5px } .bold { font-weight: 600 }
"""


def picture(rows: Rows) -> str:
    """The SVG, which reads on a light and on a dark page."""
    listed, columns = rules(rows), doses(rows)
    right = LABEL + AXIS + GAP
    width, height = right + CELL * len(columns) + 20, TOP + ROW * len(listed) + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        f'<rect class="card" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        _text(LABEL, 28, "equal code, called changed", "ink bold"),
        _text(right, 28, "so much more work, called slower", "ink bold"),
        *_axis(height),
    ]
    parts += [_text(right + CELL * (at + 0.5), 54, f"{dose:g} %", "soft small", "middle")
              for at, dose in enumerate(columns)]  # fmt: skip
    for number, rule in enumerate(listed):
        y = TOP + ROW * (number + 0.5)
        parts.append(_text(LABEL - 14, y + 4.5, rule, "ink bold" if rule.startswith("Perf") else "ink", "end"))
        parts += _whisker(false_alarms(rows, rule, "quiet"), y - 5, "quiet")
        parts += _whisker(false_alarms(rows, rule, "neighbour"), y + 5, "beside")
        for at, dose in enumerate(columns):
            parts += _cell(found(rows, rule, dose), right + CELL * at, y)
    parts += _legend(height - 18)
    return "\n".join([*parts, "</svg>\n"])


def _x(share: float) -> float:
    return LABEL + AXIS * share


def _axis(height: int) -> list[str]:
    parts = []
    for percent in (0, 25, 50, 75, 100):
        x = _x(percent / 100)
        parts.append(f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 10}" y2="{height - 40}"/>')
        parts.append(_text(x, 54, f"{percent} %", "soft small", "middle"))
    return parts


def _whisker(share: Share, y: float, kind: str) -> list[str]:
    if not share[1]:
        return []
    low, high = (_x(end) for end in wilson(share))
    return [
        f'<line class="{kind}" stroke-width="2" x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>',
        f'<circle class="{kind}" stroke-width="2" cx="{_x(share[0] / share[1]):.1f}" cy="{y:.1f}" r="3.5"/>',
    ]


def _cell(share: Share, x: float, y: float) -> list[str]:
    hits, n = share
    box = f'x="{x + 1.5:.1f}" y="{y - ROW / 2 + 1.5:.1f}" width="{CELL - 3}" height="{ROW - 3}" rx="4"'
    parts = [f'<rect class="empty" {box}/>']
    if n:
        parts.append(f'<rect class="cell" {box} fill-opacity="{hits / n:.2f}"/>')
        ink = "high" if hits / n > 0.55 else "ink"
        parts.append(_text(x + CELL / 2, y + 4, f"{100 * hits / n:.0f}", f"{ink} small", "middle"))
    return parts


def _legend(y: float) -> list[str]:
    return [
        f'<circle class="quiet" stroke-width="2" cx="{LABEL + 4}" cy="{y - 4}" r="3.5"/>',
        _text(LABEL + 14, y, "alone", "soft small"),
        f'<circle class="beside" stroke-width="2" cx="{LABEL + 64}" cy="{y - 4}" r="3.5"/>',
        _text(LABEL + 74, y, "beside a neighbour; lines: 95 %", "soft small"),
        _text(LABEL + AXIS + GAP, y, "percent of trials that were found", "soft small"),
    ]


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'

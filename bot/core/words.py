"""Numbers and verdicts in words: the same phrase on every surface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.core.model import Fix, Report, Suspect, Verdict, Word

ORDER: tuple[Word, ...] = (
    "regression", "failed", "improvement", "inconclusive", "added", "removed", "no change",
)  # fmt: skip
_PLURALS = {"regression": "regressions", "improvement": "improvements"}
_SCALES = {
    "instructions": ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1, "")),
    "ns": ((1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1, " ns")),
}
_BAR_WIDTH = 8
_FULL_BAR = 0.5


def amount(value: float | None, unit: str) -> str:
    """Such as "1.08 M" instructions or "3.2 ms"."""
    if value is None:
        return "-"
    for size, suffix in _SCALES.get(unit, ((1, ""),)):
        if value >= size:
            return f"{value / size:.3g}{suffix}" if size > 1 else f"{value:.0f}{suffix}"
    return f"{value:.3g}"


def change(ratio: float | None) -> str:
    """Such as "+8.3 %", or "2.76×" where a percentage says less."""
    if ratio is None:
        return "-"
    if ratio >= 2:
        return f"{ratio:.2f}×"
    return f"{(ratio - 1) * 100:+.1f} %"


def interval(bounds: tuple[float, float] | None) -> str:
    """Such as "+7.1 to +9.5 %", or "2.74× to 2.76×"."""
    if bounds is None:
        return "-"
    low, high = bounds
    if high >= 2:
        return f"{low:.2f}× to {high:.2f}×"
    return f"{(low - 1) * 100:+.1f} to {(high - 1) * 100:+.1f} %"


def bar(ratio: float | None) -> str:
    """How large a change is, for the eye: full from a half slower or faster."""
    if ratio is None:
        return ""
    size = min(1.0, abs(ratio - 1) / _FULL_BAR)
    return ("▲" if ratio > 1 else "▼") * max(1, round(size * _BAR_WIDTH))


def headline(report: Report) -> str:
    """One line: what was found in how many benchmarks."""
    counts = Counter(one.verdict for one in report.verdicts)
    compared = sum(one.ratio is not None for one in report.verdicts)
    parts = [_counted(counts[word], word) for word in ORDER if counts[word] and word != "no change"]
    scope = f"in {compared} benchmark{'s' if compared != 1 else ''}"
    if not parts:
        return f"no change {scope}" if report.verdict == "no change" else f"inconclusive: nothing shown {scope}"
    return f"{', '.join(parts)} {scope}"


def _counted(count: int, word: str) -> str:
    return f"{count} {_PLURALS.get(word, word) if count > 1 else word}"


def explanation(report: Report) -> str:
    """One sentence on why a number is called a change."""
    limit = f"{report.threshold * 100:g} %"
    if report.metric == "instructions":
        return (
            "A change is called one when the count of instructions of one call, taken under several hash seeds,"
            f" differs by more than {limit} with its whole interval."
        )
    return (
        "A change is called one when the CPU time of calls taken in turns on one core differs by more than"
        f" {limit} with its whole 99 % interval."
    )


def ordered(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Regressions first, the largest change of each word first."""
    return sorted(verdicts, key=lambda one: (ORDER.index(one.verdict), -abs((one.ratio or 1.0) - 1.0), one.id))


def causes(report: Report) -> list[tuple[Suspect, int]]:
    """The strongest suspects, one for each function, with the number of benchmarks that each explains."""
    best: dict[tuple[str, str], Suspect] = {}
    counted: Counter[tuple[str, str]] = Counter()
    growth = {one.id: (one.ratio or 1.0) - 1.0 for one in report.verdicts}
    for suspect in report.suspects:
        where = (suspect.path, suspect.function)
        counted[where] += 1
        known = best.get(where)
        if known is None or _pull(suspect, growth) > _pull(known, growth):
            best[where] = suspect
    strongest = sorted(best.values(), key=lambda one: -_pull(one, growth))
    return [(one, counted[one.path, one.function]) for one in strongest]


def _pull(suspect: Suspect, growth: dict[str, float]) -> float:
    return suspect.share * growth.get(suspect.benchmark, 0.0)


def lines(suspect: Suspect) -> str:
    """Such as "line 12" or "lines 12-19"."""
    first, last = suspect.lines
    return f"line {first}" if first == last else f"lines {first}-{last}"


def outcome(fix: Fix, metric: str) -> str:
    """What verifying a fix showed."""
    parts = []
    if fix.ratio is not None:
        what = "fewer instructions" if metric == "instructions" else "less CPU time"
        low, high = sorted((1 - bound) * 100 for bound in (fix.interval or (fix.ratio, fix.ratio)))
        parts.append(f"{(1 - fix.ratio) * 100:.1f} % {what} (interval {low:.1f} to {high:.1f} %)")
    if fix.tests is not None:
        parts.append(f"{fix.tests.passed} tests pass as before")
    if fix.status != "verified" and fix.reason:
        parts.append(fix.reason)
    return "; ".join(parts)

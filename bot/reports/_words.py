"""Numbers and verdicts in words: the same phrase on every surface. Partner: `bot/core/text.py` makes names harmless."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from bot.core import ranking
from bot.core.model import IN_TURNS, Fix, Gate, Report, Suspect, Verdict, Word
from bot.core.reasons import COUNTED
from bot.core.text import percent
from bot.core.text import several as several  # with the other phrases

ORDER: tuple[Word, ...] = (
    "regression", "failed", "improvement", "inconclusive", "added", "removed", "no change",
)  # fmt: skip
CHANGES: tuple[Word, ...] = ("regression", "improvement")
_PLURALS = {"regression": "regressions", "improvement": "improvements"}
_SCALES = {
    "instructions": ((1.0, ""), (1e3, " k"), (1e6, " M"), (1e9, " G"), (1e12, " T")),
    "ns": ((1.0, " ns"), (1e3, " µs"), (1e6, " ms"), (1e9, " s")),
    "bytes": ((1.0, " B"), (1024.0, " KiB"), (1024.0**2, " MiB"), (1024.0**3, " GiB")),
}
_LESS: dict[Gate, str] = {
    "instructions": "fewer instructions", "processor instructions": "fewer instructions", "cpu time": "less CPU time",
}  # fmt: skip
_MORE: dict[Gate, str] = {gate: told.replace("fewer", "more").replace("less", "more") for gate, told in _LESS.items()}
_METRICS: dict[Gate, str] = {"instructions": "instructions", "processor instructions": COUNTED, "cpu time": "CPU time"}
_BAR_WIDTH = 8
_TIMES_FROM = 2.0
_TIMES_TO = 0.1


def amount(value: float | None, unit: str) -> str:
    """Three digits of a number with its scale, such as "1.08 M" instructions or "3.20 ms"."""
    if value is None or not math.isfinite(value):
        return "-"
    scales = _SCALES.get(unit, ((1.0, f" {unit}"),))
    size, suffix = max((scale for scale in scales if value >= 0.9995 * scale[0]), default=scales[0])
    if unit == "instructions" and size == 1:
        return f"{value:.0f}"
    return f"{_three_digits(value / size)}{suffix}"


def change(ratio: float | None) -> str:
    """Such as "+8.3 %", or "2.76×" where a percentage says less."""
    if ratio is None or not math.isfinite(ratio):
        return "-"
    return _times(ratio) if _in_times(ratio) else _percent(ratio)


def interval(bounds: tuple[float, float] | None, ratio: float | None) -> str:
    """The interval in the unit that `change` shows the ratio in: "+7.1 to +9.5 %", or "2.74× to 2.76×"."""
    if bounds is None or not all(map(math.isfinite, bounds)):
        return "-"
    low, high = bounds
    if _in_times(ratio if ratio is not None else high):
        return f"{_times(low)} to {_times(high)}"
    return f"{_percent(low).removesuffix(' %')} to {_percent(high)}"


def shown(one: Verdict, report: Report) -> str:
    """Why a number has its word, such as "2.50×: the interval 2.49× to 2.51× lies wholly above +1 %"."""
    if one.ratio is None or one.interval is None:
        return "there is no figure"
    told, between = change(one.ratio), interval(one.interval, one.ratio)
    low, high = one.interval
    if one.verdict not in CHANGES:
        return f"{told}, interval {between}"
    above = one.verdict == "regression"
    clear = low > 1 + report.threshold if above else high < 1 / (1 + report.threshold)
    # A benchmark may have a threshold of its own, which the report does not hold.
    limit = f"{'+' if above else '-'}{report.threshold * 100:g} %" if clear else "its threshold"
    return f"{told}: the interval {between} lies wholly {'above' if above else 'below'} {limit}"


def figures(one: Verdict) -> str:
    """Such as "instructions 1.00 M → 2.50 M, over 3 hash seeds"."""
    over = "session" if one.metric in IN_TURNS else "hash seed"
    amounts = f"{one.metric} {amount(one.base, one.unit)} → {amount(one.head, one.unit)}"
    return f"{amounts}, over {several(one.rounds, over)}" if one.rounds else amounts


def bar(ratio: float | None) -> str:
    """How large a change is, for the eye: full from twice or half, the arrow says which way."""
    if ratio is None or not ratio > 0:
        return ""
    size = min(1.0, abs(math.log2(ratio)))
    return ("▲" if ratio > 1 else "▼") * max(1, round(size * _BAR_WIDTH))


def found(report: Report) -> str:
    """What the report says before "in 35 benchmarks", such as "2 regressions, 1 improvement"."""
    counts = _counts(report)
    if _only_inconclusive(report):
        number = counts["inconclusive"]
        return f"{f'{number:,} of ' if number < counts.total() else ''}{_measured(report)} inconclusive"
    parts = [counted(counts[word], word) for word in ORDER if counts[word] and word != "no change"]
    if report.verdict == "no change" or not counts[report.verdict]:
        parts.insert(0, report.verdict)
    return ", ".join(parts)


def scope(report: Report) -> str:
    """Such as "in 35 benchmarks"; nothing where `found` says it already."""
    measured = _measured(report)
    if not measured:
        ignored = "the only benchmark is" if report.ignored == 1 else f"all {report.ignored:,} benchmarks are"
        return f"({ignored} ignored in this repository)" if report.ignored else "(no benchmark was measured)"
    if _only_inconclusive(report):
        return ""
    if unreached(report):
        which = "which does not reach" if len(report.verdicts) == 1 else "none of which reaches"
        return f"({measured}, {which} what head changes)"
    return f"in {measured}"


def unreached(report: Report) -> bool:
    """Whether nothing can be said because no benchmark reaches what head changes."""
    return report.verdict == "inconclusive" and bool(report.uncovered) and not report.covered


def headline(report: Report) -> str:
    """One line: what was found in how many benchmarks."""
    return f"{found(report)} {scope(report)}".rstrip()


def _counts(report: Report) -> Counter[Word]:
    return Counter(one.verdict for one in (*report.verdicts, *report.imports))


def _only_inconclusive(report: Report) -> bool:
    """Whether nothing else is to be said: "1 inconclusive in 1 benchmark" would sound odd."""
    there = {word for word in _counts(report) if word != "no change"}
    return report.verdict == "inconclusive" and there == {"inconclusive"}


def _measured(report: Report) -> str:
    """Such as "35 benchmarks and 2 imports"."""
    kinds = {"benchmark": len(report.verdicts), "import": len(report.imports)}
    return " and ".join(several(number, kind) for kind, number in kinds.items() if number)


def counted(number: int, word: str) -> str:
    """A number of verdicts, such as "2 regressions" or "2 added"."""
    return f"{number:,} {_PLURALS.get(word, word) if number != 1 else word}"


def tally(verdicts: Sequence[Verdict]) -> str:
    """Such as "2 inconclusive, 1 added"."""
    counts = Counter(one.verdict for one in verdicts)
    return ", ".join(counted(counts[word], word) for word in ORDER if counts[word])


def explanation(report: Report) -> str:
    """One sentence on why a number is called a regression."""
    limit = f"{report.threshold * 100:g} %"
    if report.metric == "instructions":
        return (
            f"A regression means that one call executes more instructions at head, and that the whole interval, over"
            f" several hash seeds, lies above the threshold (+{limit} unless a benchmark has its own)."
        )
    more = "use more CPU time" if report.metric == "cpu time" else "execute more instructions"
    return (
        f"A regression means that calls taken in turns with base's {more} at head, and that the whole 99 %"
        f" interval lies above the threshold (+{limit} unless a benchmark has its own)."
    )


def ordered(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Regressions first, the largest change of each word first."""
    return sorted(verdicts, key=lambda one: (ORDER.index(one.verdict), -_size(one.ratio), one.id))


def telling(report: Report) -> list[Verdict]:
    """What further metrics say of benchmarks and imports, where they say something; the largest change first."""
    further = [(other, one.verdict) for one in report.verdicts for other in one.metrics]
    further += [(one, "no change") for one in report.imports]
    return ordered([one for one, whole in further if one.verdict in CHANGES and _is_news(one, whole)])


def _is_news(one: Verdict, whole: Word) -> bool:
    """Times are in the reason of the whole, which may take back what one run showed; its work only explains it."""
    if one.metric in IN_TURNS:
        return False
    return one.metric not in ("bytecodes", "calls") or one.verdict != whole


def further(one: Verdict) -> str:
    """Such as "peak memory 1.20 MiB → 2.41 MiB (2.01×), regression: only with large inputs"."""
    amounts = f"{amount(one.base, one.unit)} → {amount(one.head, one.unit)}"
    because = f": {one.reason}" if one.reason else ""
    return f"{one.metric} {amounts} ({change(one.ratio)}), {one.verdict}{because}"


def causes(report: Report) -> list[tuple[Suspect, int]]:
    """The strongest suspect for each function, with the number of benchmarks that the function explains."""
    best: dict[tuple[str, str], Suspect] = {}
    explained: dict[tuple[str, str], set[str]] = {}
    growth = {one.id: _size(one.ratio) for one in report.verdicts}
    for suspect in report.suspects:
        where = (suspect.path, suspect.function)
        explained.setdefault(where, set()).add(suspect.benchmark)
        known = best.get(where)
        if known is None or _pull(suspect, growth) > _pull(known, growth):
            best[where] = suspect
    strongest = sorted(best.values(), key=lambda one: -_pull(one, growth))
    return [(one, len(explained[one.path, one.function])) for one in strongest]


def unexplained(report: Report) -> list[Verdict]:
    """The regressions that were looked into and that no suspect explains."""
    explained = {suspect.benchmark for suspect in report.suspects}
    return [one for one in ordered(ranking.profiled(report.verdicts)[0]) if one.id not in explained]


def lines(suspect: Suspect) -> str:
    """Such as "line 12" or "lines 12-19"."""
    first, last = suspect.lines
    return f"line {first}" if first == last else f"lines {first}-{last}"


def hunk(suspect: Suspect) -> str:
    """The hunk's lines, without the name behind them: git names the function above, which is often another one."""
    return re.sub(r"^(@@ [^@]* @@).*", r"\1", suspect.hunk)


def share(suspect: Suspect) -> str:
    """Such as "92 %"."""
    return percent(suspect.share)


def outcome(fix: Fix, metric: Gate) -> str:
    """What verifying a fix showed, such as "9 % fewer instructions (interval 8-10 %), 120 tests passed"."""
    parts = (_gain(fix, metric), _won_back(fix), _tests(fix), _compared(fix), _uncounted(fix))
    return ", ".join(part for part in parts if part)


def not_compared(fix: Fix) -> str | None:
    """Why nothing is known of a fix beyond its tests; text of strangers, made harmless by whoever shows it."""
    if fix.compared is None or fix.compared.calls:
        return None
    why = fix.compared.reason or "no call was recorded"
    return "its behaviour was not compared" + ("" if why in (fix.reason or "") else f": {why}")


def flaky(fix: Fix) -> tuple[str, ...]:
    """A few of the tests that do not always end alike, whether or not the fix is there; names of strangers."""
    return fix.tests.flaky[:3] if fix.tests else ()


def reproduce(report: Report) -> str:
    """The command that takes the same measurement on another machine."""
    command = f"perfwright check --base {report.revisions.base_sha} --head {report.revisions.head_sha}"
    return command if report.metric == "instructions" else f"{command} --metric '{report.metric}'"


def provenance(report: Report) -> str:
    """Where and how it was measured; where a report has no number, that nothing was."""
    if any(one.ratio is not None for one in report.verdicts):
        return measured(report)
    return f"Nothing was measured {_where(report)}"


def measured(report: Report) -> str:
    """Where and how it was measured: machine, metric and seconds."""
    return f"Measured in {_METRICS[report.metric]} {_where(report)}"


def _where(report: Report) -> str:
    machine = report.machine
    tools = [f"{name} {version}" for name, version in sorted(machine.tools.items())]
    cores = several(machine.cores, "core")
    sandbox = "unsandboxed" if machine.sandbox == "none" else f"sandbox {machine.sandbox}"
    parts = [machine.system, machine.cpu, cores, f"Python {machine.python}", *tools, sandbox]
    took = f"in {report.seconds:.0f} s" if report.seconds >= 1 else "with counts that were kept from before"
    return f"on {', '.join(parts)}, {took}."


def _gain(fix: Fix, metric: Gate) -> str:
    if fix.ratio is None or not math.isfinite(fix.ratio):
        return ""
    faster = fix.ratio <= 1
    told = f"{_short(abs(fix.ratio - 1) * 100)} % {(_LESS if faster else _MORE)[metric]}"
    if fix.interval is None or not all(map(math.isfinite, fix.interval)):
        return told
    sign = -1 if faster else 1
    low, high = sorted(sign * (bound - 1) * 100 for bound in fix.interval)
    between = "-" if low >= 0 else " to "
    return f"{told} (interval {_short(low)}{between}{_short(high)} %)"


def _won_back(fix: Fix) -> str:
    if fix.won_back is None or not math.isfinite(fix.won_back) or fix.status == "rejected":
        return ""
    return f"{percent(fix.won_back)} of the regression won back"


def _compared(fix: Fix) -> str:
    """Such as "34 recorded calls and 210 variations of them do the same"."""
    done = fix.compared
    if done is None or done.difference or not done.calls:
        return ""
    told = several(done.calls, "recorded call")
    verb = "does" if done.calls == 1 and not done.variations else "do"
    varied = f" and {several(done.variations, 'variation')} of them" if done.variations else ""
    left = f" ({done.left_out:,} could not be compared)" if done.left_out else ""
    return f"{told}{varied} {verb} the same{left}"


def _uncounted(fix: Fix) -> str:
    return f"{several(fix.uncounted, 'other benchmark')} not counted with it" if fix.uncounted else ""


def _tests(fix: Fix) -> str:
    tests = fix.tests
    if tests is None:
        return ""
    passed = f"{several(tests.passed, 'test')} passed"
    if tests.broken:
        return f"{passed}, at least {len(tests.broken):,} broken by it"
    return f"{passed}, {tests.failed:,} failed but none newly" if tests.failed else passed


def _in_times(ratio: float) -> bool:
    return ratio >= _TIMES_FROM or ratio < _TIMES_TO


def _times(ratio: float) -> str:
    if ratio >= 1:
        return f"{_three_digits(ratio)}×"
    return f"{ratio:.2g}×"


def _percent(ratio: float) -> str:
    told = f"{(ratio - 1) * 100:+,.1f} %"
    return told[1:] if told[1:] == "0.0 %" else told


def _short(number: float) -> str:
    """One decimal where it is not zero."""
    told = f"{number:,.1f}".removesuffix(".0")
    return "0" if told == "-0" else told


def _three_digits(number: float) -> str:
    if number < 9.995:
        return f"{number:.2f}"
    return f"{number:.1f}" if number < 99.95 else f"{number:,.0f}"


def _size(ratio: float | None) -> float:
    return abs(math.log(ratio)) if ratio is not None and 0 < ratio < math.inf else 0.0


def _pull(suspect: Suspect, growth: dict[str, float]) -> float:
    return suspect.share * growth.get(suspect.benchmark, 0.0)

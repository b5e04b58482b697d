"""The report for programs: `perfwright.check/1`, with every number and name as it is. Partner: `bot/core/model.py`."""

from __future__ import annotations

import json
import math
import re

from bot.core.model import Compared, Effort, Fix, Machine, Report, Suspect, Verdict
from bot.core.text import HIDDEN

NAME = "json"
SCHEMA = "perfwright.check/1"


def render(report: Report) -> str:
    """One JSON object and a newline; the keys and their order are a contract, new ones come last."""
    shown = {
        "schema": SCHEMA,
        "base": report.revisions.base_sha,
        "head": report.revisions.head_sha,
        "merge_base": report.revisions.merge_base_sha,
        "verdict": report.verdict,
        "metric": report.metric,
        "seconds": _finite(report.seconds),
        "machine": _machine(report.machine),
        "benchmarks": [_benchmark(one) for one in report.verdicts],
        "suspects": [_suspect(one) for one in report.suspects],
        "fixes": [_fix(one) for one in report.fixes],
        "notes": list(report.notes),
        "uncovered": list(report.uncovered),
        "threshold": _finite(report.threshold),
        "imports": [_metric(one) for one in report.imports],
        "covered": list(report.covered),
        "effort": _effort(report.effort),
    }
    # A name that hides or controls is escaped, so that the text is exact for a program and harmless on a terminal.
    return HIDDEN.sub(_escaped, json.dumps(shown, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"


def _machine(machine: Machine) -> dict[str, object]:
    return {
        "system": machine.system,
        "cpu": machine.cpu,
        "cores": machine.cores,
        "python": machine.python,
        "sandbox": machine.sandbox,
        "tools": dict(sorted(machine.tools.items())),
    }


def _benchmark(one: Verdict) -> dict[str, object]:
    return {
        "id": one.id,
        "verdict": one.verdict,
        "ratio": _ratio(one.ratio),
        "interval": _interval(one.interval),
        "base": _finite(one.base),
        "head": _finite(one.head),
        "unit": one.unit,
        "rounds": one.rounds,
        "reason": one.reason,
        "runner": one.runner,
        "metric": one.metric,
        "metrics": [_metric(other) for other in one.metrics],
    }


def _metric(one: Verdict) -> dict[str, object]:
    """What one further metric says of a benchmark, or of an import."""
    return {
        "metric": one.metric,
        "id": one.id,
        "verdict": one.verdict,
        "ratio": _ratio(one.ratio),
        "interval": _interval(one.interval),
        "base": _finite(one.base),
        "head": _finite(one.head),
        "unit": one.unit,
        "reason": one.reason,
    }


def _suspect(one: Suspect) -> dict[str, object]:
    return {
        "benchmark": one.benchmark,
        "path": one.path,
        "function": one.function,
        "hunk": one.hunk,
        "lines": list(one.lines),
        "share": _finite(one.share),
        "evidence": one.evidence,
        "interval": _interval(one.interval),
    }


def _effort(effort: Effort) -> dict[str, object]:
    return {
        "variants": effort.variants,
        "experiments_s": _finite(effort.experiments_s),
        "profiles_s": _finite(effort.profiles_s),
    }


def _fix(one: Fix) -> dict[str, object]:
    return {
        "rule": one.rule,
        "path": one.path,
        "function": one.function,
        "patch": one.patch,
        "status": one.status,
        "ratio": _ratio(one.ratio),
        "interval": _interval(one.interval),
        "tests": None if one.tests is None else {"passed": one.tests.passed, "failed": one.tests.failed},
        "reason": one.reason,
        "benchmark": one.benchmark,
        "broken": [] if one.tests is None else list(one.tests.broken),
        "note": one.note,
        "compared": compared(one.compared),
        "won_back": _ratio(one.won_back),
        "flaky": [] if one.tests is None else list(one.tests.flaky),
        "uncounted": one.uncounted,
    }


def compared(one: Compared | None) -> dict[str, object] | None:
    """How much of the behaviour was compared without and with a fix."""
    if one is None:
        return None
    return {
        "calls": one.calls,
        "variations": one.variations,
        "left_out": one.left_out,
        "seconds": _finite(one.seconds),
        "difference": one.difference,
        "reason": one.reason,
    }


def _interval(bounds: tuple[float, float] | None) -> list[float | None] | None:
    return None if bounds is None else [_ratio(bound) for bound in bounds]


def _ratio(number: float | None) -> float | None:
    finite = _finite(number)
    return None if finite is None else round(finite, 6)


def _finite(number: float | None) -> float | None:
    """JSON has no infinity: what could not be computed is null."""
    return number if number is not None and math.isfinite(number) else None


def _escaped(hidden: re.Match[str]) -> str:
    return "".join(f"\\u{unit:04x}" for unit in _utf16(ord(hidden[0])))


def _utf16(code: int) -> tuple[int, ...]:
    if code < 0x10000:
        return (code,)
    return 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)

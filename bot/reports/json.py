"""The report for programs: `perfwright.check/1`."""

from __future__ import annotations

import msgspec

from bot.core.model import Fix, Report, Verdict

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
        "seconds": report.seconds,
        "machine": report.machine,
        "benchmarks": [_benchmark(one) for one in report.verdicts],
        "suspects": report.suspects,
        "fixes": [_fix(one) for one in report.fixes],
        "notes": report.notes,
        "uncovered": report.uncovered,
        "threshold": report.threshold,
    }
    return msgspec.json.format(msgspec.json.encode(shown), indent=1).decode() + "\n"


def _benchmark(one: Verdict) -> dict[str, object]:
    return {
        "id": one.id,
        "verdict": one.verdict,
        "ratio": _rounded(one.ratio),
        "interval": None if one.interval is None else [_rounded(bound) for bound in one.interval],
        "base": one.base,
        "head": one.head,
        "unit": one.unit,
        "rounds": one.rounds,
        "reason": one.reason,
        "runner": one.runner,
    }


def _fix(one: Fix) -> dict[str, object]:
    tests = None if one.tests is None else {"passed": one.tests.passed, "failed": one.tests.failed}
    return {
        "rule": one.rule,
        "path": one.path,
        "function": one.function,
        "patch": one.patch,
        "status": one.status,
        "ratio": _rounded(one.ratio),
        "interval": None if one.interval is None else [_rounded(bound) for bound in one.interval],
        "tests": tests,
        "reason": one.reason,
        "benchmark": one.benchmark,
        "broken": [] if one.tests is None else list(one.tests.broken),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)

"""Explains a rule, or what was found on a benchmark."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.model import Verdict
from bot.core.text import code_span, prose

WHO: Who = "write"
USAGE = "BENCHMARK|RULE"


def answer(call: Call) -> Answer:
    """The card of a rule, or the numbers behind a verdict."""
    wanted = call.first
    if wanted in call.rules:
        return Answer(_card(call.rules[wanted]))
    return Answer(_found(call, call.verdict(wanted)))


def _card(text: str) -> str:
    """The card without its front matter: our own words, kept as they are."""
    return text.split("\n---\n", 1)[-1].strip()


def _found(call: Call, one: Verdict) -> str:
    report = call.report
    lines = [f"{code_span(one.id)}: **{one.verdict}**"]
    if one.ratio is not None and one.interval is not None:
        low, high = one.interval
        lines.append(
            f"ratio {one.ratio:.4f} (interval {low:.4f} to {high:.4f}), base {one.base or 0:,.0f} and head"
            f" {one.head or 0:,.0f} {one.unit}, {one.rounds} pairs"
        )
    if one.reason:
        lines.append(prose(one.reason))
    for suspect in report.suspects if report else ():
        if suspect.benchmark == one.id:
            lines.append(
                f"{code_span(suspect.function)} in {code_span(suspect.path)} explains {suspect.share:.0%}:"
                f" {prose(suspect.evidence)}"
            )
    return "\n".join(f"- {line}" if number else line for number, line in enumerate(lines))

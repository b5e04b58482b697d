"""Stops words about the benchmarks that a glob matches, or about a rule, in this repository."""

from __future__ import annotations

from bot.commands import Answer, Call, Fact, Who
from bot.core.text import code_span

WHO: Who = "write"
USAGE = "GLOB|RULE"


def answer(call: Call) -> Answer:
    """Remembered for the repository."""
    what = call.first[:200]
    kind = "rule" if what in call.rules else "benchmarks"
    reply = f"From now on the {kind} {code_span(what)} will not be spoken of here."
    return Answer(reply, facts=(Fact("ignored", what, call.actor),))

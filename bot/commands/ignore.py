"""Stops words about the benchmarks that a glob matches, or about a rule, in this repository."""

from __future__ import annotations

from bot.commands import Answer, Call, Fact, Who
from bot.core.model import WITHOUT_CARD
from bot.core.text import code_span

WHO: Who = "write"
USAGE = "GLOB|RULE"


def answer(call: Call) -> Answer:
    """Remembered for the repository."""
    what = call.needed()[:200]
    kind = "rule" if what in call.rules or what in WITHOUT_CARD else "benchmarks"
    reply = (
        f"From now on the {kind} {code_span(what)} will not be spoken of here."
        f" {code_span(f'/perf unignore {what}')} takes this back."
    )
    return Answer(reply, facts=(Fact("ignored", what, call.actor),))

"""Says what is under way on this pull request."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.text import code_span

WHO: Who = "anyone"
USAGE = ""


def answer(call: Call) -> Answer:
    """One line for each task, or that there is none."""
    head = f"Head is {code_span(call.head_sha[:10])}."
    if not call.states:
        return Answer(f"{head} Nothing is under way.")
    return Answer("\n".join([head, "", *(f"- {state}" for state in call.states)]))

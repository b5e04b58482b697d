"""Takes an earlier `ignore` back, or lists what is ignored in this repository."""

from __future__ import annotations

from bot.commands import Answer, Call, Fact, Who
from bot.core.slash import nearest
from bot.core.text import code_span
from bot.errors import UserError

WHO: Who = "write"
USAGE = "[GLOB|RULE]"


def answer(call: Call) -> Answer:
    """Forgotten for the repository; the configuration's own list stays what it is."""
    if not call.text:
        listed = [f"- {code_span(what)}, as {code_span(who)} wrote" for what, who in call.ignored.items()]
        return Answer("\n".join(["Ignored here:", "", *listed]) if listed else "No comment has made anything ignored.")
    what = call.text[:200]
    if what not in call.ignored:
        meant = nearest(what, tuple(call.ignored))
        hint = f"did you mean {code_span(meant)}?" if meant else "`/perf unignore` lists what is."
        raise UserError(f"No comment has made {code_span(what, limit=120)} ignored: {hint}")
    return Answer(f"{code_span(what)} will be spoken of here again.", facts=(Fact("ignored", what, None),))

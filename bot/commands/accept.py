"""Accepts the regressions of this head, with a reason; the check then passes."""

from __future__ import annotations

from bot.commands import Answer, Call, Fact, Who
from bot.core.task import Task
from bot.core.text import prose
from bot.errors import UserError

WHO: Who = "write"
USAGE = "REASON"


def answer(call: Call) -> Answer:
    """Remembered for this head alone: a push is judged anew."""
    if not call.text:
        raise UserError("Say why, for those who read it later: `/perf accept REASON`.")
    if call.report and call.report.revisions.head_sha == call.head_sha and call.report.verdict != "regression":
        raise UserError("No regression was found at this head, so there is nothing to accept.")
    details = {"pull": call.pull, "head_sha": call.head_sha}
    name = f"publish:{call.where.repository}:{call.pull}:{call.head_sha}:{call.said}"
    fact = Fact("accepted", f"{call.pull}:{call.head_sha}", f"{call.actor}: {prose(call.text, 400)}")
    return Answer(facts=(fact,), tasks=(Task(name, "accept", call.where, details),))

"""Opens a pull request with the verified fix, or with that of one rule."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.task import Task
from bot.core.text import code_span
from bot.errors import UserError

WHO: Who = "write"
USAGE = "[RULE]"


def answer(call: Call) -> Answer:
    """A task that opens the fix pull request."""
    call.must_be_open()
    rule = call.text
    if call.report is None or call.report.revisions.head_sha != call.head_sha:
        raise UserError("There is no report on this head yet: wait for the check, or ask with `/perf bench`.")
    verified = [fix for fix in call.report.fixes if fix.status == "verified" and rule in ("", fix.rule, *fix.rules)]
    if not verified:
        wanted = f" of the rule {code_span(rule, limit=60)}" if rule else ""
        raise UserError(f"There is no verified fix{wanted} for this head.")
    name = f"fix:{call.where.repository}:{call.pull}:{call.head_sha}:{verified[0].rule}:{call.said}"
    details = {"pull": call.pull, "head_sha": call.head_sha, "rule": verified[0].rule, "asked": call.actor}
    return Answer(tasks=(Task(name, "fix", call.where, details),))

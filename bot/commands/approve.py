"""Lets the code of a fork's head run here. A push needs a new approval."""

from __future__ import annotations

from bot.commands import Answer, Awaiting, Call, Fact, Who
from bot.core.task import Task, pull_group
from bot.errors import UserError

WHO: Who = "write"
USAGE = "[SHA]"


def answer(call: Call) -> Answer:
    """Holds for the one head that was shown to wait when it was written, and only while it is the head."""
    call.must_be_open()
    if call.awaiting is None:
        raise UserError("Nothing waits for approval here.")
    wanted = call.words.arguments[0].lower() if call.words.arguments else call.head_sha
    if len(wanted) < len(call.head_sha):
        # Two commits that begin alike take seconds to make.
        raise UserError("An approval names the whole commit or none: copy all of its sha.")
    if not _seen(call, call.awaiting) or wanted != call.head_sha:
        raise UserError(f"Head has moved: look at it, then write `/perf approve {call.head_sha}`.")
    name = f"check:{call.where.repository}:{call.pull}:{call.head_sha}:{call.said}"
    details = {"pull": call.pull, "head_sha": call.head_sha, "asked": call.actor}
    return Answer(
        facts=(Fact("approved", f"{call.pull}:{call.head_sha}", call.actor),),
        tasks=(Task(name, "check", call.where, details, pull_group(call.where.repository, call.pull)),),
    )


def _seen(call: Call, awaiting: Awaiting) -> bool:
    """Whether the head was shown before the person wrote: a word that is read after a push is not for what was pushed.

    GitHub tells times in whole seconds, so within the same one nobody can know.
    """
    written = call.written_at
    return awaiting.head_sha == call.head_sha and written is not None and awaiting.shown_at < written

"""Stops what is under way on this pull request."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.task import Task, pull_group

WHO: Who = "write"
USAGE = ""


def answer(call: Call) -> Answer:
    """A task that ends the older ones of its group."""
    group = pull_group(call.where.repository, call.pull)
    details = {"pull": call.pull, "head_sha": call.head_sha, "merged": False, "cancelled_by": call.actor}
    name = f"closed:{call.where.repository}:{call.pull}:{call.said}"
    return Answer(tasks=(Task(name, "closed", call.where, details, group),))

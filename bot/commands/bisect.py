"""Finds the commit of this pull request that made a benchmark slower."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.task import Task, pull_group

WHO: Who = "write"
USAGE = "BENCHMARK"


def answer(call: Call) -> Answer:
    """A task of its own; the commit is named in a comment."""
    wanted = call.needed()
    benchmark = call.verdict(wanted, call.reported().verdicts).id
    details = {"pull": call.pull, "head_sha": call.head_sha, "benchmark": benchmark}
    name = f"bisect:{call.where.repository}:{call.pull}:{call.said}"
    return Answer(tasks=(Task(name, "bisect", call.where, details, pull_group(call.where.repository, call.pull)),))

"""Finds the commit of this pull request that made a benchmark slower."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.task import Task

WHO: Who = "write"
USAGE = "BENCHMARK"


def answer(call: Call) -> Answer:
    """A task of its own; the commit is named in a comment."""
    wanted = call.needed()
    benchmark = call.verdict(wanted, call.reported().verdicts).id
    details = {"pull": call.pull, "head_sha": call.head_sha, "benchmark": benchmark}
    return Answer(
        tasks=(Task(f"bisect:{call.where.repository}:{call.pull}:{call.said}", "bisect", call.where, details),)
    )

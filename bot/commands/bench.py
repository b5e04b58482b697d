"""Measures this pull request again, or only the benchmarks that a glob matches."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.task import Task, pull_group

WHO: Who = "write"
USAGE = "[GLOB]"


def answer(call: Call) -> Answer:
    """A check of its own; the result shows in the check run."""
    call.must_be_open()
    name = f"check:{call.where.repository}:{call.pull}:{call.head_sha}:{call.said}"
    details = {"pull": call.pull, "head_sha": call.head_sha, "glob": call.text[:200], "asked": call.actor}
    return Answer(tasks=(Task(name, "check", call.where, details, pull_group(call.where.repository, call.pull)),))

"""Sweeps the default branch for opportunities now, not at night."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.task import Task

WHO: Who = "write"
USAGE = ""


def answer(call: Call) -> Answer:
    """Besides the one that is planned for the night."""
    return Answer(tasks=(Task(f"sweep:{call.where.repository}:{call.said}", "sweep", call.where),))

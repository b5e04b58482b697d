"""Sweeps the default branch for opportunities now, not at night."""

from __future__ import annotations

from bot.commands import Answer, Call, Who
from bot.core.task import Task

WHO: Who = "write"
USAGE = ""


def answer(call: Call) -> Answer:
    """It takes the place of the sweep that was planned, and plans the next one itself."""
    group = f"sweep:{call.where.repository}"
    return Answer(tasks=(Task(f"{group}:{call.said}", "sweep", call.where, group=group),))

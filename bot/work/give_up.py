"""Completes the check run of a task that will not end by itself: neutral, with the id to look for in the log.

Partners: `bot/worker.py` and `bot/scheduler.py` give up.
"""

from __future__ import annotations

from bot.core.task import Next, Task
from bot.core.text import prose
from bot.work import Desk, Step
from bot.work._publish import RERUN


def on(desk: Desk, task: Task, why: str) -> None:
    """A check run that nobody completes would hang for ever; said by a task, since GitHub may not listen just now."""
    run = task.details.get("check_run")
    if isinstance(run, int) and task.kind != "give_up":
        details = {
            "check_run": run,
            "summary": f"{prose(why, 600)}. That says nothing about this pull request; *Re-run* tries again. Whoever"
            f" runs Perfwright finds `{task.name}` in the log of the worker.",
        }
        desk.add(Task(f"give_up:{task.name}", "give_up", task.where, details))


def begin(desk: Desk, task: Task) -> Next | None:
    """Not the pull request's fault. A result that is shown stays: what failed came after it."""
    run = task.number("check_run")
    with desk.repository(task) as (repository, _token):
        if not repository.has_ended(run):
            title, summary = "Perfwright could not finish", task.text("summary")
            repository.complete_check(run, "neutral", title=title, summary=summary, actions=[RERUN])
    return None


STEPS: dict[str, Step] = {"begin": begin}

"""Remembers where the app works: a repository's present name, and whether it is wanted there at all.

Partner: `bot/handlers/_places.py`.
"""

from __future__ import annotations

from bot.core.config import Config
from bot.core.task import Next, Task
from bot.work import Desk, Step
from bot.work.sweep import plan_next


def begin(desk: Desk, task: Task) -> Next | None:
    """Where it is not wanted any more, all work on it ends; where it is again, checks that hung begin again."""
    where = task.where
    desk.tasks.supersede(task, desk.clock())
    desk.tasks.learn("name", where.repository, "full", where.full_name.encode(), desk.clock())
    if task.details["active"]:
        desk.tasks.learn("place", where.repository, "installation", str(where.installation).encode(), desk.clock())
        plan_next(desk, where, Config().sweep.schedule)
        desk.wake(desk.tasks.resume("check", where, desk.clock()))
    else:
        desk.tasks.forget("place", where.repository, "installation")
        desk.tasks.cancel_repository(where.repository, desk.clock())
    return None


STEPS: dict[str, Step] = {"begin": begin}

"""Remembers where the app works: a repository's present name, and whether it is wanted there at all.

Partners: `bot/handlers/_places.py`; `bot/work/catch_up.py` looks at what was missed.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.config import Config
from bot.core.task import Next, Task
from bot.errors import TransientError
from bot.github import GoneError, RefusedError
from bot.work import Desk, Step
from bot.work.sweep import is_planned, plan_next


def begin(desk: Desk, task: Task) -> Next | None:
    """Where it is not wanted any more, all work on it ends; where it is again, checks that hung begin again."""
    where, active = task.where, bool(task.details["active"])
    mine = str(where.installation).encode()
    known = desk.tasks.fact("place", where.repository, "installation")
    moved = known is not None and known != mine
    here = (active and not moved) or _still_here(desk, task)
    if moved and not here:
        if active:
            raise TransientError(f"{where.full_name} is not here yet: asked again later")
        return None  # what the account tells that had it before
    desk.tasks.supersede(task, desk.clock())
    desk.tasks.learn("name", where.repository, "full", where.full_name.encode(), desk.clock())
    if not here:
        desk.tasks.forget("place", where.repository, "installation")
        desk.tasks.cancel_repository(where, desk.clock())
        return None
    if known is not None and moved:
        desk.tasks.cancel_repository(replace(where, installation=int(known)), desk.clock())
    if known != mine:
        desk.add(Task(f"catch_up:{task.name}", "catch_up", where))
    desk.tasks.learn("place", where.repository, "installation", mine, desk.clock())
    again = [task for kind in ("check", "sweep") for task in desk.tasks.resume(kind, where, desk.clock())]
    if not is_planned(desk, where.repository):
        plan_next(desk, where, Config().sweep.schedule)
    desk.wake(again)
    return None


def _still_here(desk: Desk, task: Task) -> bool:
    """That the app was suspended or removed, or the repository archived, may be told when it is no longer so."""
    try:
        with desk.repository(task) as (repository, _token):
            return not repository.now(task.where.repository).archived
    except (GoneError, RefusedError):
        return False


STEPS: dict[str, Step] = {"begin": begin}

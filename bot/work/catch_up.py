"""Checks what was pushed while the app was away: of suspended or missing apps GitHub tells nothing.

Partner: `bot/work/place.py` knows when the app comes.
"""

from __future__ import annotations

from bot.core.task import Next, Task
from bot.handlers._payload import check
from bot.work import Desk, Step

MOST = 10
"""Who installs the app wants an answer about what people work on, not about every old pull request at once."""


def begin(desk: Desk, task: Task) -> Next | None:
    """The pull requests that were touched last and are ready for review, as if they were opened now."""
    with desk.repository(task) as (repository, _token):
        ready = [pull for pull in repository.latest_pulls() if not pull.draft][:MOST]
        unseen = [pull for pull in ready if not repository.is_checked(pull.head.sha)]
    desk.add(*(check(task.where, pull.number, pull.head.sha) for pull in unseen))
    return None


STEPS: dict[str, Step] = {"begin": begin}

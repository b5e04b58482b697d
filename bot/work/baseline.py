"""Records what each benchmark costs on the default branch: the history, and base's counts for pull requests to come.

Partner: `bot/handlers/push.py`.
"""

from __future__ import annotations

import msgspec

from bot.core.job import Job
from bot.core.task import Next, Task
from bot.errors import MeasureError, UserError
from bot.work import Desk, Step


class Point(msgspec.Struct, frozen=True):
    """One commit of the history: what one call of each benchmark costs there."""

    sha: str
    at: float
    metric: str
    costs: dict[str, float]


def begin(desk: Desk, task: Task) -> Next | None:
    """Only what is the default branch now: a push may be told late. Measuring takes its turn.

    What is measured already ends, so that a branch that never rests has a baseline now and then.
    """
    with desk.repository(task) as (repository, _token):
        branch = repository.now(task.where.repository).default_branch
        if repository.head_of(branch) != task.text("sha"):
            return None
    desk.tasks.supersede(task, desk.clock(), begun=False)
    return Next("measure", "bench")


def measure(desk: Desk, task: Task) -> Next | None:
    """The commit against itself: every count is taken once and kept."""
    sha, repository_id = task.text("sha"), task.where.repository
    with desk.machine_lock(), desk.repository(task) as (repository, token):
        store = desk.mirrors.fetch(repository_id, desk.clone_url(repository), token, [sha])
        try:
            job = Job(str(store), sha, sha, repository=repository.full_name, fork=False)
            report = desk.run(job, lambda _text: None, lambda: desk.wanted(task)).report
        except (UserError, MeasureError):
            report = None  # a repository without benchmarks has no baseline; its pull requests say why
    if report is None:
        return None
    costs = {one.id: one.base for one in report.verdicts if one.base is not None}
    point = Point(sha, desk.clock(), report.metric, costs)
    desk.tasks.learn("history", repository_id, sha, msgspec.json.encode(point), desk.clock())
    return None


STEPS: dict[str, Step] = {"begin": begin, "measure": measure}

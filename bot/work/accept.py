"""Shows the newest report on a pull request again, after a person has accepted what it says.

Partner: `bot/work/_publish.py`.
"""

from __future__ import annotations

from bot.core.task import Next, Task
from bot.work import Desk, Step, _publish


def begin(desk: Desk, task: Task) -> Next | None:
    """On the check run that the report was first shown on."""
    latest = desk.tasks.fact("latest", task.where.repository, task.text("pull"))
    kept = desk.tasks.get(latest.decode()) if latest else None
    report = desk.report(kept.task.name, task.where.repository) if kept else None
    if kept is None or report is None or report.revisions.head_sha != task.text("head_sha"):
        return None
    with desk.repository(task) as (repository, token):
        shas = [report.revisions.base_sha, report.revisions.head_sha]
        desk.mirrors.fetch(task.where.repository, desk.clone_url(repository), token, shas)
        _publish.publish(desk, repository, kept.task, report)
    return None


STEPS: dict[str, Step] = {"begin": begin}

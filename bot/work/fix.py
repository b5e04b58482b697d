"""Opens the fix pull request that a person has asked for. Partner: `bot/work/_proposal.py` makes it."""

from __future__ import annotations

from bot.core.task import Next, Task
from bot.core.text import code_span
from bot.github.api import Repository
from bot.work import Desk, Step
from bot.work._proposal import branch_name, propose


def begin(desk: Desk, task: Task) -> Next | None:
    """Only for the head that the report is about."""
    latest = desk.tasks.fact("latest", task.where.repository, task.text("pull"))
    report = desk.report(latest.decode(), task.where.repository) if latest else None
    if report is None or report.revisions.head_sha != task.text("head_sha"):
        return None
    fix = next((one for one in report.fixes if one.status == "verified" and one.rule == task.text("rule")), None)
    if fix is None:
        return None
    with desk.repository(task) as (repository, token):
        shas = [report.revisions.head_sha]
        desk.mirrors.fetch(task.where.repository, desk.clone_url(repository), token, shas)
        pull = repository.pull(task.number("pull"))
        current = pull.state == "open" and pull.head.sha == report.revisions.head_sha
        if current and propose(desk, repository, task, pull, report, fix) is None:
            _tell(repository, task, branch_name(pull.number, fix))
    return None


def _tell(repository: Repository, task: Task, branch: str) -> None:
    """Whoever asked would wait for it."""
    number, mark = task.number("pull"), f"<!-- perfwright:{task.name} -->"
    if repository.marked_comment(number, mark) is None:
        told = f"This fix is left to people: somebody has closed its pull request, or changed {code_span(branch)}."
        repository.comment(number, f"{mark}\n\n{told} Reopening that pull request brings it back.")


STEPS: dict[str, Step] = {"begin": begin}

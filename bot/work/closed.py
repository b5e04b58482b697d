"""Tidies up after a pull request that was closed, merged or stopped: its fix pull requests close, and unless it was
merged, its checks end.

Partners: `bot/work/follow_up.py` looks whether a merged fix delivers; `bot/reports/_merged.py` has the words.
"""

from __future__ import annotations

from functools import partial

from bot.core.task import Next, Task, pull_group
from bot.github.api import Pull, Repository
from bot.reports import _merged as merged
from bot.work import Desk, Step, sweep
from bot.work._proposal import fixes_of, promised, withdraw
from bot.work._publish import heeded, permalink
from bot.work.check import end_superseded, must_not_be_older

LOOK_EVERY_S = 60.0


def begin(desk: Desk, task: Task) -> Next | None:
    """The checks end, and say so where people look, unless it was merged, or was opened again before this was told."""
    with desk.repository(task) as (repository, _token):
        pull = repository.pull(task.number("pull")) if "pull" in task.details else None
        if pull is None or "cancelled_by" in task.details or pull.draft or not pull.wanted:
            end_superseded(desk, repository, task)
        else:
            must_not_be_older(pull, task)
        if pull is None or pull.state == "open":
            return None
        _close_fixes(desk, repository, task, pull)
    return Next("after_merge") if pull.merged else None


def after_merge(desk: Desk, task: Task) -> Next | None:
    """What was merged is judged by its check, which may still be under way."""
    checks = desk.tasks.of_group(pull_group(task.where.repository, task.number("pull")))
    if any(kept.task.kind == "check" and kept.state in ("waiting", "leased") for kept in checks):
        return Next("after_merge", due=desk.clock() + LOOK_EVERY_S)
    with desk.repository(task) as (repository, _token):
        _after_merge(desk, repository, task, repository.pull(task.number("pull")))
    return None


def _close_fixes(desk: Desk, repository: Repository, task: Task, pull: Pull) -> None:
    """A fix for a branch that is gone helps nobody."""
    for number in fixes_of(desk, task.where.repository, pull.number):
        if repository.pull(number).state == "open":
            why = f"#{pull.number}, which this mends, was {'merged' if pull.merged else 'closed'}"
            withdraw(desk, repository, task, number, why)


def _after_merge(desk: Desk, repository: Repository, task: Task, pull: Pull) -> None:
    if (fix := desk.tasks.fact("fix pull", task.where.repository, str(pull.number))) is not None:
        details = {
            "pull": pull.number, "merged_sha": pull.merge_commit_sha, "benchmark": promised(fix),
            "booked": pull.for_default,
        }  # fmt: skip
        sweep.merged(desk, task.where.repository, pull.number)
        desk.add(Task(f"follow_up:{task.where.repository}:{pull.number}", "follow_up", task.where, details))
        return
    latest = desk.tasks.fact("latest", task.where.repository, str(pull.number))
    report = desk.report(latest.decode(), task.where.repository) if latest else None
    accepted = desk.tasks.fact("accepted", task.where.repository, f"{pull.number}:{pull.head.sha}")
    if latest is None or report is None or accepted is not None or report.revisions.head_sha != pull.head.sha:
        return
    report = heeded(desk, task.where.repository, report)
    if report.verdict != "regression":
        return
    has_issues = pull.base.repo is None or pull.base.repo.has_issues
    author = pull.user.login if pull.user and pull.user.type == "User" else ""
    body = merged.body(
        report, pull=pull.number, author=author, link=partial(permalink, desk, task, report),
        details=desk.details_url(latest.decode()), is_issue=has_issues,
    )  # fmt: skip
    mark = merged.mark(pull.number)
    if not has_issues:
        if repository.marked_comment(pull.number, mark) is None:
            repository.comment(pull.number, body)
    elif not any((issue.body or "").startswith(mark) for issue in repository.issues(merged.LABEL)):
        repository.open_issue(merged.title(report, pull.number), body, merged.LABEL)


STEPS: dict[str, Step] = {"begin": begin, "after_merge": after_merge}

"""Opens a fix pull request against the author's branch: one rule, one commit that GitHub signs as the bot's.

Partners: `bot/reports/fix_pull_request.py` has the words; `bot/work/closed.py` closes what has gone stale.
"""

from __future__ import annotations

import hashlib

import rules
from bot.core.model import Fix, Report
from bot.core.task import Next, Task
from bot.core.text import fence
from bot.git import Repository as Store
from bot.github.api import Pull, Repository
from bot.reports import _words as words
from bot.reports import fix_pull_request
from bot.work import Desk, Step
from bot.work._publish import fixed_file


def begin(desk: Desk, task: Task) -> Next | None:
    """Once per fix: what a person has closed is not opened again, and no commit of a person is overwritten."""
    latest = desk.tasks.fact("latest", task.where.repository, task.text("pull"))
    report = desk.report(latest.decode(), task.where.repository) if latest else None
    if report is None or report.revisions.head_sha != task.text("head_sha"):
        return None
    fix = next((one for one in report.fixes if one.status == "verified" and one.rule == task.text("rule")), None)
    if fix is None:
        return None
    with desk.repository(task) as (repository, _token):
        pull = repository.pull(task.number("pull"))
        if pull.state != "open" or pull.head.sha != report.revisions.head_sha:
            return None
        if pull.from_fork:
            _as_comment(repository, pull, fix)
        else:
            _as_pull(desk, repository, task, pull, report, fix)
    return None


def _as_comment(repository: Repository, pull: Pull, fix: Fix) -> None:
    """The bot never pushes to a fork."""
    mark = f"<!-- perfwright:patch:{pull.head.sha}:{fix.rule} -->"
    if repository.marked_comment(pull.number, mark) is None:
        text = "This branch is a fork's, which Perfwright never pushes to. The verified fix, for `git apply`:"
        repository.comment(pull.number, f"{mark}\n{text}\n\n{fence(fix.patch, 'diff', limit=50_000)}")


def branch_name(pull: int, fix: Fix) -> str:
    """A name made from the content: the same fix of the same pull request has the same branch."""
    content = f"{pull}\0{fix.rule}\0{fix.path}\0{fix.patch}".encode("utf-8", "surrogateescape")
    return f"perfwright/{fix.rule.replace('_', '-')}-{hashlib.sha256(content).hexdigest()[:10]}"


def _as_pull(desk: Desk, repository: Repository, task: Task, pull: Pull, report: Report, fix: Fix) -> None:
    branch = branch_name(pull.number, fix)
    owner = repository.full_name.split("/")[0]
    if repository.pulls(head=f"{owner}:{branch}", state="all"):
        return
    data = fixed_file(Store(desk.mirrors.store(task.where.repository)), report, fix)
    message = fix_pull_request.message(fix, words.outcome(fix, report.metric))
    repository.make_branch(branch, repository.commit(pull.head.sha, {fix.path: data}, message))
    body = fix_pull_request.body(fix, report, pull=pull.number, why=why(fix.rule))
    opened = repository.open_pull(
        head=branch, base=pull.head.ref, title=fix_pull_request.title(fix), body=body
    )  # fmt: skip
    desk.tasks.learn(
        "fix pull", task.where.repository, str(opened.number), f"{pull.number}:{branch}".encode(), desk.clock()
    )  # fmt: skip


def why(rule: str) -> str:
    """The card's own words on why the pattern is slow."""
    if rule not in rules.names():
        return ""
    _, _, rest = rules.load(rule).partition("## Why is this slow?")
    return rest.partition("\n## ")[0].strip()


STEPS: dict[str, Step] = {"begin": begin}

"""Puts a verified fix before its author: a pull request to the author's branch, with one commit signed as the bot's.

Partners: `bot/reports/fix_pull_request.py` has the words; `bot/work/closed.py` closes what has gone stale.
"""

from __future__ import annotations

import hashlib
import logging
import re

import rules
from bot.core import patch
from bot.core.model import Fix, Report
from bot.core.task import OUR_BRANCHES, Task
from bot.core.text import fence, plain
from bot.errors import PerfwrightError
from bot.git import Repository as Store
from bot.github.api import Pull, Repository
from bot.reports import _words as words
from bot.reports import fix_pull_request
from bot.work import Desk

log = logging.getLogger("perfwright.work")


def propose(
    desk: Desk, repository: Repository, task: Task, pull: Pull, report: Report, fix: Fix, *, merge: bool = False
) -> None:
    """Once per fix: what a person has closed is not opened again, and no commit of a person is overwritten."""
    if pull.from_fork:
        _as_comment(repository, pull, fix)
    else:
        _as_pull(desk, repository, task, pull, report, fix, merge=merge)


def merge_when_ready(repository: Repository, pull: Pull, fix: Fix) -> None:
    """Nobody has to look at it, where the configuration says so, and nothing of the fix asks for a look."""
    if fix.reason is None and not repository.merge_when_ready(pull):
        log.warning("pull=%s is left to people: GitHub does not merge it by itself", pull.html_url)


def _as_comment(repository: Repository, pull: Pull, fix: Fix) -> None:
    """The bot never pushes to a fork."""
    mark = f"<!-- perfwright:patch:{pull.head.sha}:{fix.rule} -->"
    if repository.marked_comment(pull.number, mark) is None:
        text = "This branch is a fork's, which Perfwright never pushes to. The verified fix, for `git apply`:"
        repository.comment(pull.number, f"{mark}\n{text}\n\n{fence(fix.patch, 'diff', limit=50_000)}")


def branch_name(pull: int, fix: Fix) -> str:
    """A name made from the content: the same fix of the same pull request has the same branch."""
    content = f"{pull}\0{fix.rule}\0{fix.path}\0{fix.patch}".encode("utf-8", "surrogateescape")
    name = "-".join(re.findall(r"[a-z0-9]+", fix.rule))[:80]
    return f"{OUR_BRANCHES}{name}-{hashlib.sha256(content).hexdigest()[:10]}"


def _as_pull(
    desk: Desk, repository: Repository, task: Task, pull: Pull, report: Report, fix: Fix, *, merge: bool
) -> None:
    branch = branch_name(pull.number, fix)
    owner = repository.full_name.split("/")[0]
    there = repository.pulls(head=f"{owner}:{branch}", state="all")
    if there and (there[0].state != "open" or _known(desk, task, there[0])):
        return
    told = words.outcome(fix, report.metric)
    opened = there[0] if there else _opened(desk, repository, task, pull, report, fix, branch, told)
    if merge:
        merge_when_ready(repository, opened, fix)
    head_sha = opened.head.sha
    repository.done_check(
        head_sha, f"fix:{task.where.repository}:{head_sha}", title="Verified", summary=f"Verified: {told}."
    )
    desk.tasks.learn(
        "fix pull", task.where.repository, str(opened.number), f"{pull.number}:{branch}".encode(), desk.clock()
    )  # fmt: skip


def _known(desk: Desk, task: Task, pull: Pull) -> bool:
    """Whether it was opened to the end: that is kept last."""
    return desk.tasks.fact("fix pull", task.where.repository, str(pull.number)) is not None


def _opened(
    desk: Desk, repository: Repository, task: Task, pull: Pull, report: Report, fix: Fix, branch: str, told: str
) -> Pull:
    files = fixed(Store(desk.mirrors.store(task.where.repository)), report.revisions.head_sha, fix)
    sha = repository.commit(pull.head.sha, files, fix_pull_request.message(fix, told))
    repository.make_branch(branch, sha)
    body = fix_pull_request.body(fix, report, pull=pull.number, why=why(fix.rule))
    return repository.open_pull(head=branch, base=pull.head.ref, title=fix_pull_request.title(fix), body=body)


def why(rule: str) -> str:
    """The card's own words on why the pattern is slow."""
    if rule not in rules.names():
        return ""
    _, _, rest = rules.load(rule).partition("## Why is this slow?")
    return rest.partition("\n## ")[0].strip()


class RefusedFixError(PerfwrightError):
    """A fix that touches what no codemod was given."""

    def __init__(self, path: str) -> None:
        super().__init__(f"the fix touches {plain(path)}, which no fix may")


def fixed(store: Store, sha: str, fix: Fix) -> dict[str, bytes]:
    """The files that a fix changes, as they are with it; the patch comes from a runner and is a claim."""
    tree = store.tree(sha)
    there = set(tree.paths)
    files = patch.apply_all(tree.text, fix.patch)
    for path in files:
        if path not in there or not patch.may_fix(path):
            raise RefusedFixError(path)
    return {path: text.encode() for path, text in files.items()}

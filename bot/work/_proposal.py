"""Puts a verified fix before people: a pull request with one commit signed as the bot's, kept up to date or withdrawn.

Partners: `bot/work/_publish.py` proposes to an author's branch, `bot/work/sweep.py` to the default branch;
`bot/reports/fix_pull_request.py` has the words.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError

import rules
from bot.core import patch
from bot.core.model import Fix, Report
from bot.core.task import OUR_BRANCHES, Task
from bot.core.text import code_span, fence, fits, plain, prose
from bot.errors import PerfwrightError, UserError
from bot.git import Repository as Store
from bot.github.api import Pull, Repository
from bot.reports import _words as words
from bot.reports import fix_pull_request
from bot.work import Desk

log = logging.getLogger("perfwright.work")
_LONGEST_PATCH = 50_000
"""With the words around it, below GitHub's limit on a comment."""
_WITHDRAWN = "<!-- perfwright:withdrawn -->"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A verified fix as a pull request."""

    fix: Fix
    report: Report
    """What it was verified with; its commit is put on that head."""
    branch: str
    base: str
    """The branch that it is to be merged into."""
    mends: int = 0
    """The pull request whose regression it mends; 0 where it is for the default branch."""
    again: str = ""
    """The command to reproduce, where it is not that of the report."""

    @property
    def sha(self) -> str:
        """The commit that it was verified on."""
        return self.report.revisions.head_sha

    @property
    def told(self) -> str:
        """What it brings."""
        return words.outcome(self.fix, self.report.metric)

    def body(self) -> str:
        """The text of the pull request."""
        return fix_pull_request.body(
            self.fix, self.report, pull=self.mends or None, why=_why(self.fix.rule), again=self.again
        )


def put(desk: Desk, repository: Repository, task: Task, it: Proposal, *, merge: bool = False) -> int | None:
    """Open it, or bring the open one up to date: the number; None where people want it closed or have its branch.

    What a person has closed is not opened again, and no commit of a person is overwritten. What was merged into the
    default branch may be there again: at a second site that looks alike, or in new code.
    """
    owner, where = repository.full_name.split("/")[0], task.where.repository
    newest = next(iter(repository.pulls(head=f"{owner}:{it.branch}", state="all")), None)
    pull = newest if newest and newest.state == "open" else None
    again = newest and (withdrawn(desk, where, newest.number) or (newest.merged and not it.mends))
    if newest and not pull and not again:
        return None
    shown = f"{it.mends}:{it.sha}:{it.fix.benchmark or ''}".encode()
    before = desk.tasks.fact("fix pull", where, str(pull.number)) if pull else None
    if pull and before == shown:
        _merge(desk, repository, task, pull, it.fix, wanted=merge)
        return pull.number
    sha = _committed(desk, repository, task, it, pull.head.sha if pull else repository.head_of(it.branch))
    if sha is not None:
        pull = _show(repository, task, it, pull, sha)
    if pull is None:
        return None
    if sha is not None or before is None:
        desk.tasks.learn("fix pull", where, str(pull.number), shown, desk.clock())  # it was shown to the end
    _merge(desk, repository, task, pull, it.fix, wanted=merge)
    return pull.number


def _merge(desk: Desk, repository: Repository, task: Task, pull: Pull, fix: Fix, *, wanted: bool) -> None:
    """Nobody has to look at it, where the configuration says so, and nothing of the fix asks for a look.

    Asked for last, since it may be merged at once and what follows has to know what it is; and once: people may object.
    """
    where, number = task.where.repository, str(pull.number)
    if wanted and fix.reason is None and desk.tasks.fact("merge asked", where, number) is None:
        if not repository.merge_when_ready(pull):
            log.warning("pull=%s is left to people: GitHub does not merge it by itself", pull.html_url)
        desk.tasks.learn("merge asked", where, number, b"", desk.clock())


def _show(repository: Repository, task: Task, it: Proposal, pull: Pull | None, sha: str) -> Pull:
    """The pull request whose newest commit is `sha`, with its text and a check run."""
    if pull is None:
        title = fix_pull_request.title(it.fix)
        pull = repository.open_pull(head=it.branch, base=it.base, title=title, body=it.body())
    else:
        repository.edit_pull(pull.number, body=it.body())
    identity = f"fix:{task.where.repository}:{sha}"
    repository.done_check(sha, identity, title="Verified", summary=f"Verified: {it.told}.")
    return pull


def _committed(desk: Desk, repository: Repository, task: Task, it: Proposal, tip: str | None) -> str | None:
    """Our commit on the branch that is at `tip`; None where the tip is not ours.

    Each commit is known as ours before a branch shows it, so that a worker killed in between leaves none behind that
    looks like a person's.
    """
    where = task.where.repository
    parent = desk.tasks.fact("own commit", where, tip) if tip else None
    if tip and parent is None:
        log.info("branch=%s is left to people: its tip %s is not ours", it.branch, tip)
        return None
    if parent == it.sha.encode():
        return tip
    files = fixed(Store(desk.mirrors.store(where)), it.sha, it.fix)
    sha = repository.commit(it.sha, files, fix_pull_request.message(it.fix, it.told))
    desk.tasks.learn("own commit", where, sha, it.sha.encode(), desk.clock())
    if repository.move_branch(it.branch, tip, sha) if tip else repository.make_branch(it.branch, sha):
        return sha
    log.info("branch=%s was not moved: somebody else has, or GitHub refuses", it.branch)
    return None


def withdraw(desk: Desk, repository: Repository, task: Task, pull: int, why: str) -> bool:
    """Close a fix pull request that helps nobody any more; False where a person has opened it again: it is theirs.

    That it was not a person who closed it is known before it is closed: it may be proposed again.
    """
    where = task.where.repository
    if desk.tasks.fact("withdrawn", where, str(pull)) == b"closed":
        return False
    desk.tasks.learn("withdrawn", where, str(pull), b"closing", desk.clock())
    if repository.marked_comment(pull, _WITHDRAWN) is None:
        repository.comment(pull, f"{_WITHDRAWN}\n{why}, so this is closed. Nothing was lost: the branch stays.")
    repository.edit_pull(pull, state="closed")
    desk.tasks.learn("withdrawn", where, str(pull), b"closed", desk.clock())
    return True


def withdrawn(desk: Desk, repository: int, pull: int) -> bool:
    """Whether it was the bot that has closed it, and no person."""
    return desk.tasks.fact("withdrawn", repository, str(pull)) is not None


def propose(
    desk: Desk, repository: Repository, task: Task, pull: Pull, report: Report, fix: Fix, *, merge: bool = False
) -> int | None:
    """Once per fix, to the author of a pull request: the number of what has it now, or None as `put` says."""
    if pull.from_fork:
        fixed(Store(desk.mirrors.store(task.where.repository)), report.revisions.head_sha, fix)
        _as_comment(repository, pull, report, fix)
        return pull.number
    return put(desk, repository, task, _for_author(pull, report, fix), merge=merge)


def _for_author(pull: Pull, report: Report, fix: Fix) -> Proposal:
    return Proposal(fix, report, branch_name(pull.number, fix), pull.head.ref, mends=pull.number)


def renew(desk: Desk, repository: Repository, task: Task, pull: Pull, full: Report, heeded: Report) -> None:
    """Bring the open fixes of a pull request to its newest head, and withdraw those that it needs no more."""
    fixes = {branch_name(pull.number, fix): fix for fix in reversed(full.fixes)}  # the best one stays
    for number, benchmark in fixes_of(desk, task.where.repository, pull.number).items():
        opened = repository.pull(number)
        fix = fixes.get(opened.head.ref)
        if opened.state != "open":
            continue
        if why := _stale(fix, benchmark, full, heeded):
            at = code_span(heeded.revisions.head_sha[:10])
            withdraw(desk, repository, task, number, f"At {at}, the newest head of #{pull.number}, {why}")
        elif fix and fix.status == "verified":
            put(desk, repository, task, _for_author(pull, heeded, fix))


def _stale(fix: Fix | None, benchmark: str, full: Report, heeded: Report) -> str | None:
    """Why nobody needs a fix any more; what could only not be measured or verified this time may be needed still."""
    word = next((one.verdict for one in full.verdicts if one.id == benchmark), None)
    if word in ("no change", "improvement", "removed"):
        return f"{code_span(benchmark, limit=120)} is not slower"
    if word != "regression":
        return None
    if fix is None:
        return "this fix was not found again"
    if fix not in heeded.fixes:
        return "its rule or its benchmark is ignored"
    return f"this fix does not pass ({prose(fix.reason or '', 300)})" if fix.status == "rejected" else None


def fixes_of(desk: Desk, repository: int, pull: int) -> dict[int, str]:
    """The fix pull requests that mend a pull request, open or not, and the benchmark that each makes faster."""
    facts = desk.tasks.facts("fix pull", repository)
    return {int(number): promised(value) for _, number, value in facts if mends(value) == pull}


def mends(value: bytes) -> int:
    """Which pull request a fix mends, as it is kept; 0 where it is for the default branch."""
    return int(value.partition(b":")[0])


def promised(value: bytes) -> str:
    """The benchmark that a fix was verified to make faster, as it is kept."""
    return value.decode().split(":", 2)[2]


def _as_comment(repository: Repository, pull: Pull, report: Report, fix: Fix) -> None:
    """The bot never pushes to a fork."""
    mark = f"<!-- perfwright:patch:{pull.head.sha}:{fix.rule} -->"
    if repository.marked_comment(pull.number, mark) is None:
        repository.comment(
            pull.number, f"{mark}\nThis branch is a fork's, which Perfwright never pushes to. {_patch(report, fix)}"
        )


def _patch(report: Report, fix: Fix) -> str:
    """The fix to be copied; one that a comment would show otherwise than it is would not apply."""
    if fits(fix.patch, _LONGEST_PATCH):
        return f"The verified fix, for `git apply`:\n\n{fence(fix.patch, 'diff', limit=_LONGEST_PATCH)}"
    command = code_span(f"{words.reproduce(report)} --json FILE", limit=200)
    return (
        "The verified fix is too long for a comment, or has characters that none would show:"
        f" {command} writes its patch, for `git apply`, into `FILE`."
    )


def branch_name(pull: int, fix: Fix) -> str:
    """A name made from what is changed, wherever its lines have moved to: the same fix has the same branch."""
    changed = "\n".join(line for line in fix.patch.split("\n") if line.startswith(("+", "-")))
    content = f"{pull}\0{fix.rule}\0{fix.path}\0{changed}".encode("utf-8", "surrogateescape")
    name = "-".join(re.findall(r"[a-z0-9]+", fix.rule))[:80]
    return f"{OUR_BRANCHES}{name}-{hashlib.sha256(content).hexdigest()[:10]}"


def _why(rule: str) -> str:
    """The card's own words on why the pattern is slow."""
    if rule not in rules.names():
        return ""
    _, _, rest = rules.load(rule).partition("## Why is this slow?")
    return rest.partition("\n## ")[0].strip()


class RefusedFixError(PerfwrightError):
    """A fix that touches what no codemod was given."""

    def __init__(self, path: str) -> None:
        super().__init__(f"the fix touches {plain(path)}, which no fix may")


def allowed(store: Store, sha: str, fix: Fix) -> bool:
    """Whether a fix touches nothing but what a fix may touch, whichever way it gets before people."""
    try:
        return bool(fixed(store, sha, fix))
    except (RefusedFixError, UserError, UnidiffParseError) as error:
        log.warning("rule=%s path=%r: not shown to anybody: %s", fix.rule, fix.path, error)
        return False


def fixed(store: Store, sha: str, fix: Fix) -> dict[str, bytes]:
    """The files that a fix changes, as they are with it; the patch comes from a runner and is a claim."""
    tree = store.tree(sha)
    there = set(tree.paths)
    files = patch.apply_all(tree.text, fix.patch)
    for path in files:
        if path not in there or not patch.may_fix(path):
            raise RefusedFixError(path)
    return {path: text.encode() for path, text in files.items()}

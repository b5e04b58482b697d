"""The nightly sweep of a default branch: a few fix pull requests, the rest on the dashboard issue, then the next night.

Partners: `bot/stages/sweep.py` finds and verifies; `bot/reports/_dashboard.py` has the words.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from croniter import croniter

from bot.core.config import Config
from bot.core.job import Job
from bot.core.model import Opportunity, Report, Revisions, Swept
from bot.core.task import OUR_BRANCHES, Next, Task, Where
from bot.errors import MeasureError, UserError
from bot.git import Repository as Store
from bot.github.api import Pull, Repository
from bot.reports import _dashboard as dashboard
from bot.reports import _words as words
from bot.reports import fix_pull_request
from bot.stages.plan import read_config
from bot.work import Desk, Step
from bot.work._proposal import fixed, merge_when_ready, why

_STALE = "What this mends is not there any more, so it is closed. Nothing was lost: the branch stays."


def plan_next(desk: Desk, where: Where, schedule: str) -> None:
    """Add the next night's task, which waits in the database until it is due; a plan made before counts no more."""
    moment = croniter(schedule, datetime.fromtimestamp(desk.clock(), UTC)).get_next(datetime)
    due = float(calendar.timegm(moment.utctimetuple()))
    task = Task(f"sweep:{where.repository}:{due:.0f}", "sweep", where, due=due)
    desk.tasks.learn("next sweep", where.repository, "name", task.name.encode(), desk.clock())
    desk.add(task)


def begin(desk: Desk, task: Task) -> Next | None:
    """Where the default branch stands; nothing is proposed to an archived repository."""
    planned = desk.tasks.fact("next sweep", task.where.repository, "name")
    if task.due and planned != task.name.encode():
        return None
    if task.due:
        # At once, so that a sweep that fails does not end them all; `publish` knows the hour in the configuration.
        plan_next(desk, task.where, Config().sweep.schedule)
    with desk.repository(task) as (repository, _token):
        now = repository.now(task.where.repository)
        sha = None if now.archived else repository.head_of(now.default_branch)
    if sha is None:
        return None
    return Next("measure", "bench", {"sha": sha, "branch": now.default_branch, "planned": bool(task.due)})


def measure(desk: Desk, task: Task) -> Next | None:
    """The sweep itself, in a runner."""
    sha, where = task.text("sha"), task.where
    with desk.machine_lock(), desk.repository(task) as (repository, token):
        store = desk.mirrors.fetch(where.repository, desk.clone_url(repository), token, [sha])
        try:
            job = Job(str(store), sha, sha, "sweep", repository=repository.full_name, fork=False)
            swept = desk.run(job, lambda _text: None, lambda: desk.wanted(task)).swept
        except (UserError, MeasureError):
            swept = None  # a repository without benchmarks: nothing can be verified, so nothing is proposed
    if swept is not None:
        desk.tasks.learn("swept", where.repository, task.name, msgspec.json.encode(swept), desk.clock())
    return Next("publish")


def publish(desk: Desk, task: Task) -> Next | None:
    """Fix pull requests up to the limit, stale ones closed, the dashboard up to date, and the next sweep planned."""
    where, sha = task.where, task.text("sha")
    kept = desk.tasks.fact("swept", where.repository, task.name)
    with desk.repository(task) as (repository, token):
        store = Store(desk.mirrors.fetch(where.repository, desk.clone_url(repository), token, [sha]))
        config = _config(store, sha)
        if kept is not None:
            swept = _heeded(desk, where.repository, msgspec.json.decode(kept, type=Swept))
            opened = _propose(desk, repository, task, store, swept, config)
            _show(desk, repository, where.repository, swept, opened)
    if task.details["planned"]:
        plan_next(desk, where, config.sweep.schedule)
    return None


def _config(store: Store, sha: str) -> Config:
    try:
        return read_config(store, sha)
    except UserError:
        return Config(fixes="off")  # pull requests say what is wrong with it; until then nothing is opened


def _heeded(desk: Desk, repository: int, swept: Swept) -> Swept:
    ignored = {key for _, key, _ in desk.tasks.facts("ignored", repository)}
    return replace(swept, opportunities=tuple(one for one in swept.opportunities if one.fix.rule not in ignored))


def key_of(one: Opportunity) -> str:
    """What an opportunity is, wherever its lines have moved to."""
    return f"{one.fix.rule}:{one.fix.path}:{one.fix.function}"[:300]


def _propose(
    desk: Desk, repository: Repository, task: Task, store: Store, swept: Swept, config: Config
) -> dict[str, int]:
    """The open fix pull requests by what they mend, after new ones were opened and stale ones closed."""
    known = {key: int(value) for _, key, value in desk.tasks.facts("sweep pull", task.where.repository)}
    open_ = {pull.number: pull for pull in repository.pulls() if pull.head.ref.startswith(OUR_BRANCHES)}
    verified = {key_of(one): one for one in swept.opportunities if one.fix.status == "verified"}
    for key, number in known.items():
        if number in open_ and key not in verified:
            _close(repository, open_.pop(number))
        elif number in open_:
            _refresh(repository, open_[number], store, swept, verified[key])
    mine = {key: number for key, number in known.items() if number in open_}
    if config.fixes == "off":
        return mine
    for key, one in verified.items():
        if key not in known and len(mine) < config.sweep.open_pull_requests:
            mine[key] = _open(desk, repository, task, store, swept, one, merge=config.fixes == "auto-merge")
            desk.tasks.learn("sweep pull", task.where.repository, key, str(mine[key]).encode(), desk.clock())
    return mine


def _open(
    desk: Desk, repository: Repository, task: Task, store: Store, swept: Swept, one: Opportunity, *, merge: bool
) -> int:
    report, fix = _as_report(swept), one.fix
    branch = f"{OUR_BRANCHES}sweep-{fix.rule.replace('_', '-')}-{hashlib.sha256(key_of(one).encode()).hexdigest()[:10]}"
    told = words.outcome(fix, swept.metric)
    sha = repository.commit(swept.rev_sha, fixed(store, swept.rev_sha, one.fix), fix_pull_request.message(fix, told))
    repository.make_branch(branch, sha)
    again = f"perfwright sweep --rev {swept.rev_sha} --rule {fix.rule} --verify"
    body = fix_pull_request.body(fix, report, pull=None, why=why(fix.rule), again=again)
    pull = repository.open_pull(
        head=branch, base=task.text("branch"), title=fix_pull_request.title(fix), body=body
    )  # fmt: skip
    if merge:
        merge_when_ready(repository, pull, fix)
    head_sha = pull.head.sha
    identity = f"fix:{task.where.repository}:{head_sha}"
    repository.done_check(head_sha, identity, title="Verified", summary=f"Verified: {told}.")
    desk.tasks.learn("fix pull", task.where.repository, str(pull.number), f"0:{branch}".encode(), desk.clock())
    return pull.number


def _as_report(swept: Swept) -> Report:
    """What the words of a fix pull request need of a report."""
    revisions = Revisions(swept.rev_sha, swept.rev_sha, swept.rev_sha)
    assert swept.machine is not None, "nothing is verified without a machine"
    return Report(revisions, "no change", swept.metric, swept.seconds, swept.machine, ())


def _refresh(repository: Repository, pull: Pull, store: Store, swept: Swept, one: Opportunity) -> None:
    """Rebase the bot's own commit onto the branch's new tip; a branch that a person has pushed to is theirs."""
    if pull.base.sha == swept.rev_sha or not repository.is_ours(pull.head.sha):
        return
    message = fix_pull_request.message(one.fix, words.outcome(one.fix, swept.metric))
    sha = repository.commit(swept.rev_sha, fixed(store, swept.rev_sha, one.fix), message)
    repository.move_branch(pull.head.ref, sha, force=True)


def _close(repository: Repository, pull: Pull) -> None:
    repository.comment(pull.number, _STALE)
    repository.edit_pull(pull.number, state="closed")


def _show(desk: Desk, repository: Repository, identity: int, swept: Swept, opened: dict[str, int]) -> None:
    """One issue, edited in place; one that a person has closed stays closed and as it is."""
    proposed = {key for _, key, _ in desk.tasks.facts("sweep pull", identity)}
    left: Sequence[Opportunity] = [one for one in swept.opportunities if key_of(one) not in proposed]
    issues = repository.issues(dashboard.LABEL)
    known = next((one for one in issues if (one.body or "").startswith(dashboard.MARK)), None)
    body = dashboard.body(swept, sorted(opened.values()), left)
    if known is None and (left or opened):
        repository.open_issue(dashboard.TITLE, body, dashboard.LABEL)
    elif known is not None and known.state == "open" and known.body != body:
        repository.edit_issue(known.number, body=body)


STEPS: dict[str, Step] = {"begin": begin, "measure": measure, "publish": publish}

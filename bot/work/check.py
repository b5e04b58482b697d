"""Checks a pull request, or what a merge queue has put together: begin, approve (forks), measure, publish.

Partners: `bot/running.py` measures; `bot/reports` has the words; `bot/work/_publish.py` shows the result.
"""

from __future__ import annotations

import fnmatch
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.commands import Awaiting
from bot.core.job import Failure, Job
from bot.core.task import Next, Task
from bot.core.text import code_span, prose
from bot.errors import MeasureError, TransientError, UserError
from bot.git import Repository as Store
from bot.github import LIMITED_S, GoneError, RateLimitedError
from bot.github.api import Action, Pull, Repository
from bot.stages.plan import read_config
from bot.work import Desk, Step, _publish

log = logging.getLogger("perfwright.work")
PROGRESS_EVERY_S = 10.0
"""GitHub's check run is updated no more often than this."""


@dataclass(frozen=True, slots=True)
class _Target:
    base_sha: str
    fork: bool


def begin(desk: Desk, task: Task) -> Next | None:
    """A queued check run, within seconds of the push; older checks of the pull request end."""
    with desk.repository(task) as (repository, _token):
        target = _target(repository, task)
        if target is None:
            if "check_run" in task.details:  # it had begun before the app was suspended
                _publish.superseded(repository, task)
            return None
        run = repository.start_check(
            task.text("head_sha"), task.name, title="Queued", details_url=desk.details_url(task.name),
            part=str(task.details.get("glob") or ""),
            summary="Waiting for its turn: one benchmark runs on a machine at a time.",
        )  # fmt: skip
        if not task.details.get("glob"):  # a part takes the place of nothing
            end_superseded(desk, repository, task)
    if "pull" in task.details:
        _void_approvals(desk, task)
        desk.tasks.learn(
            "pull", task.where.repository, task.text("head_sha"), task.text("pull").encode(), desk.clock()
        )  # fmt: skip
    details = {"check_run": run.id, "base_sha": target.base_sha, "fork": target.fork}
    return Next("approve", "tasks", details) if target.fork else Next("measure", "bench", details)


def _target(repository: Repository, task: Task) -> _Target | None:
    """What head is compared with; None when the pull request has moved on."""
    if "pull" not in task.details:
        return _Target(task.text("base_sha"), fork=False)
    pull = repository.pull(task.number("pull"))
    drafted = pull.draft and "asked" not in task.details
    if drafted or not pull.wanted or pull.head.sha != task.text("head_sha"):
        must_not_be_older(pull, task)
        return None
    return _Target(pull.base.sha, pull.from_fork)


def must_not_be_older(pull: Pull, task: Task) -> None:
    """Raises TransientError where GitHub answers with what was so before the event that it has told of."""
    told_at = task.details.get("told_at")
    if told_at and pull.updated_at and pull.updated_at < datetime.fromisoformat(str(told_at)):
        raise TransientError("GitHub does not show yet what it has told of: tried again later")


def end_superseded(desk: Desk, repository: Repository, task: Task) -> None:
    """Cancel the older checks of its group, or, where the pull request is closed or a person says so, all that it has.

    Nobody will complete their check runs: say so on them.
    """
    desk.tasks.supersede(task, desk.clock(), every_kind=task.kind == "closed")
    for kept in desk.tasks.of_group(task.group or ""):
        run = kept.task.details.get("check_run")
        ended = desk.tasks.fact("ended", task.where.repository, kept.task.name)
        if kept.task.name == task.name or kept.state != "cancelled" or not isinstance(run, int) or ended:
            continue
        title, summary, actions = _ended(task)
        repository.complete_check(run, "cancelled", title=title, summary=summary, actions=actions)
        desk.tasks.learn("ended", task.where.repository, kept.task.name, b"cancelled", desk.clock())


def _ended(task: Task) -> tuple[str, str, list[Action]]:
    """What is said on the checks that a task has ended, and which buttons they get."""
    if by := task.details.get("cancelled_by"):
        return f"Cancelled by {by}", "Re-run, or `/perf bench`, begins again.", [_publish.RERUN]
    if task.kind == "closed":
        return "Ended", "The pull request was closed before the check had come to its end.", []
    return "Superseded", "A newer check of this pull request has taken its place.", []


def approve(desk: Desk, task: Task) -> Next | None:
    """Code of a fork runs only as the base branch's configuration says, and by default after a person's word."""
    with desk.repository(task) as (repository, token):
        store = desk.mirrors.fetch(task.where.repository, desk.clone_url(repository), token, [task.text("base_sha")])
        try:
            policy = read_config(Store(store), task.text("base_sha")).forks
        except UserError as error:
            _refuse(repository, task, "neutral", "Configuration error", prose(str(error)))
            return None
        if approved(desk, task, Store(store), task.text("base_sha")):
            return Next("measure", "bench")
        if policy == "never":
            _refuse(repository, task, "neutral", "Not run", "Code of forks is not run in this repository.")
            return None
        summary = (
            "This comes from a fork, so its code has not run here. Someone with write access can let it run, after a"
            f" look at the changes, with the comment {code_span('/perf approve ' + task.text('head_sha'))}. A push"
            " needs a new approval."
        )
        shown_at = _refuse(repository, task, "action_required", "Waits for approval", summary)
        _wait(desk, task, Awaiting(task.text("head_sha"), shown_at))
        return None


def approved(desk: Desk, task: Task, store: Store, base_sha: str) -> bool:
    """Whether this head of a fork may run: by the configuration of base, or by a person's word for this very commit."""
    policy = read_config(store, base_sha).forks
    said = desk.tasks.fact("approved", task.where.repository, f"{task.text('pull')}:{task.text('head_sha')}")
    return policy == "always" or (policy == "approve" and said is not None)


def _void_approvals(desk: Desk, task: Task) -> None:
    """A push voids what was approved before, for good: pushed back, an old head has to be approved anew."""
    this = f"{task.text('pull')}:{task.text('head_sha')}"
    for _, key, _ in desk.tasks.facts("approved", task.where.repository):
        if key.startswith(f"{task.text('pull')}:") and key != this:
            desk.tasks.forget("approved", task.where.repository, key)


def _wait(desk: Desk, task: Task, awaiting: Awaiting) -> None:
    kept = msgspec.json.encode(awaiting)
    desk.tasks.learn("awaiting", task.where.repository, task.text("pull"), kept, desk.clock())


def _refuse(repository: Repository, task: Task, conclusion: str, title: str, summary: str) -> datetime:
    return repository.complete_check(task.number("check_run"), conclusion, title=title, summary=summary)


def measure(desk: Desk, task: Task) -> Next | None:
    """The whole path, in a runner; its report is kept before anything is shown."""
    base_sha, head_sha = task.text("base_sha"), task.text("head_sha")
    with desk.machine_lock(), desk.repository(task) as (repository, token):
        tell = _teller(repository, task.number("check_run"))
        tell("fetching the repository")
        try:
            store = desk.mirrors.fetch(task.where.repository, desk.clone_url(repository), token, [base_sha, head_sha])
            if task.details.get("fork") and not approved(desk, task, Store(store), base_sha):
                return Next("approve")  # voided while it waited for its turn
            job = Job(
                str(store), base_sha, head_sha, select=_select(task), repository=repository.full_name,
                fork="pull" not in task.details or bool(task.details.get("fork", True)),  # a queue merges forks too
            )  # fmt: skip
            outcome: object = desk.run(job, tell, lambda: desk.wanted(task)).report
        except (UserError, MeasureError) as error:
            outcome = Failure(str(error), error.detail if isinstance(error, MeasureError) else "")
    room = "failure" if isinstance(outcome, Failure) else "report"
    desk.tasks.learn(room, task.where.repository, task.name, msgspec.json.encode(outcome), desk.clock())
    if "pull" in task.details and not task.details.get("glob"):
        desk.tasks.learn("latest", task.where.repository, task.text("pull"), task.name.encode(), desk.clock())
    return Next("publish")


def _select(task: Task) -> str | None:
    """A glob over benchmark ids as the regular expression that `check` takes."""
    glob = task.details.get("glob")
    return fnmatch.translate(f"*{glob}*") if glob else None


def _teller(repository: Repository, run: int) -> Callable[[str], None]:
    """Shows progress, at most every ten seconds; a courtesy, without which the measurement goes on."""
    steps: dict[str, str] = {}
    following = 0.0

    def tell(text: str) -> None:
        nonlocal following
        stage, _, step = text.partition(":")
        steps[stage] = step.strip()
        if time.monotonic() < following:
            return
        rows = [f"| {prose(name, 60, table=True)} | {prose(said, 120, table=True)} |" for name, said in steps.items()]
        table = "\n".join(["| stage | |", "|:--|:--|", *rows])
        pause = PROGRESS_EVERY_S
        try:
            repository.progress_check(run, title=f"In progress: {stage}", summary=table)
        except RateLimitedError as error:
            pause += max(error.until - time.time(), 0) if error.until else LIMITED_S
        except (TransientError, GoneError) as error:
            log.info("progress is not shown: %s", error)
        following = time.monotonic() + pause  # from when it was shown: it had to wait for its turn

    return tell


def publish(desk: Desk, task: Task) -> Next | None:
    """The result, where people look for it."""
    report = desk.report(task.name, task.where.repository)
    with desk.repository(task) as (repository, token):
        if report is None:
            kept = desk.tasks.fact("failure", task.where.repository, task.name) or b'{"message": "nothing is known"}'
            failure = msgspec.json.decode(kept, type=Failure)
            _publish.failed(repository, task, failure.message, failure.detail)
        else:
            shas = [report.revisions.base_sha, report.revisions.head_sha]
            desk.mirrors.fetch(task.where.repository, desk.clone_url(repository), token, shas)
            _publish.publish(desk, repository, task, report)
    return None


STEPS: dict[str, Step] = {"begin": begin, "approve": approve, "measure": measure, "publish": publish}

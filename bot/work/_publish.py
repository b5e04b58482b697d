"""Shows a report on GitHub: check run, comment, suggestions, fix pull request. Each is found again before it is made.

Partner: `bot/reports` has the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bot.core import patch, suggest, verdict
from bot.core.config import Config, matches
from bot.core.diff import parse_diff
from bot.core.model import FileChange, Fix, Report, Suspect
from bot.core.task import Task
from bot.core.text import code_span, fence, prose, several
from bot.core.tree import Tree
from bot.git import Repository as Store
from bot.github import RefusedError
from bot.github.api import Action, Annotation, Pull, Repository, ReviewComment
from bot.reports import check_run, comment
from bot.stages.plan import read_config
from bot.work import Desk
from bot.work._proposal import allowed, propose, renew

_FIX = Action("Fix it", "Opens a pull request with the fix", "fix")
_ACCEPT = Action("Accept", "Accepts this head as it is", "accept")
RERUN = Action("Re-run", "Measures everything again", "rerun")
"""On whatever a person may want to have measured after all."""


def failed(repository: Repository, task: Task, message: str, detail: str) -> None:
    """Nothing could be measured: never a failure of the pull request."""
    told = f"Nothing could be measured: {prose(message, 600)}"
    shown = f"{told}\n\n{fence(detail)}" if detail else told
    repository.complete_check(
        task.number("check_run"), "neutral", title="Could not measure", summary=shown, actions=[RERUN]
    )  # fmt: skip
    if "pull" not in task.details or task.details.get("glob"):
        return
    number = task.number("pull")
    if known := repository.marked_comment(number, comment.mark(number)):
        body = comment.with_failure(known.body or "", task.text("head_sha"), message)
        if body != known.body:
            repository.edit_comment(known.id, body)


def superseded(repository: Repository, task: Task) -> None:
    """Nobody waits for this check any more."""
    repository.complete_check(
        task.number("check_run"), "cancelled", title="Superseded", summary="The pull request has moved on."
    )  # fmt: skip


def publish(desk: Desk, repository: Repository, task: Task, full: Report) -> None:
    """Everything that is worth saying, and nothing twice; nothing at all when the pull request has moved on."""
    pull = repository.pull(task.number("pull")) if "pull" in task.details else None
    if pull is not None and (pull.head.sha != full.revisions.head_sha or not pull.wanted):
        superseded(repository, task)
        return
    store = Store(desk.mirrors.store(task.where.repository))
    config = read_config(store, full.revisions.base_sha)
    report = heeded(desk, task.where.repository, full)
    accepted = _accepted(desk, repository, task, store) if report.verdict == "regression" else None
    _complete(desk, repository, task, report, config, accepted)
    if pull is None or task.details.get("glob"):
        return  # a part says nothing about the whole: its own check run shows it
    if pull.merged:
        return  # too late to mend it there: a regression becomes an issue
    if accepted is None:
        renew(desk, repository, task, pull, full, report)
    wanted = report.verdict == "regression" and accepted is None
    suggested, left = _divided(store, report, config) if wanted else ([], [])
    open_ = partial(propose, desk, repository, task, pull, report, merge=config.fixes == "auto-merge")
    # Before the comment, which names it.
    opened = open_(left[0]) if left and not pull.from_fork else None
    _comment(desk, repository, task, report, accepted, opened)
    if suggested and not _review(repository, pull, suggested) and opened is None and not pull.from_fork:
        open_(suggested[0][0])


def heeded(desk: Desk, repository: int, report: Report) -> Report:
    """The report without what people do not want to hear about."""
    ignored = desk.ignored(repository)
    if not ignored:
        return report
    kept = tuple(one for one in report.verdicts if not any(matches(one.id, glob) for glob in ignored))
    known = {one.id for one in kept}
    left = len(report.verdicts) - len(kept)
    told = (f"{several(left, 'benchmark')} {'is' if left == 1 else 'are'} ignored in this repository",)
    return replace(
        report, verdicts=kept, verdict=verdict.overall(kept), notes=(*report.notes, *(told if left else ())),
        ignored=left,
        suspects=tuple(one for one in report.suspects if one.benchmark in known),
        fixes=tuple(fix for fix in report.fixes if ignored.isdisjoint(fix.rules) and fix.benchmark in known),
    )  # fmt: skip


def _accepted(desk: Desk, repository: Repository, task: Task, store: Store) -> str | None:
    """A person's word for this head; in a merge queue, for the head that is to be merged, where it is alone."""
    number, head_sha = task.details.get("pull"), task.text("head_sha")
    if "queued" in task.details:
        pull = repository.pull(task.number("queued"))
        if len(store.between(task.text("base_sha"), head_sha)) not in (1, pull.commits):
            return None  # neither merged or squashed into one commit, nor rebased: it is not all that was measured
        number, head_sha = pull.number, pull.head.sha
    kept = desk.tasks.fact("accepted", task.where.repository, f"{number}:{head_sha}")
    return None if kept is None else kept.decode()


def _complete(
    desk: Desk, repository: Repository, task: Task, report: Report, config: Config, accepted: str | None
) -> None:
    annotations = [
        Annotation(one.path, one.first, one.last, "warning", one.message, one.title)
        for one in check_run.remarks(report)
    ]
    summary = check_run.render(report, link=partial(permalink, desk, task, report))
    title = check_run.title(report)
    if accepted is not None:
        title, summary = f"Accepted: {title}", f"**Accepted** by {accepted}\n\n{summary}"
    actions = [RERUN]
    if report.verdict == "regression" and accepted is None and "pull" in task.details and not task.details.get("glob"):
        verified = any(fix.status == "verified" for fix in report.fixes) and config.fixes != "off"
        actions = [*([_FIX] if verified and not task.details.get("fork") else []), _ACCEPT, RERUN]
    repository.complete_check(
        task.number("check_run"), conclusion(report, config, accepted), title=title, summary=summary,
        annotations=annotations, actions=actions,
    )  # fmt: skip


def conclusion(report: Report, config: Config, accepted: str | None) -> str:
    """The word that GitHub shows on the check."""
    if report.verdict == "regression" and accepted is None:
        return "failure" if config.fail_check else "neutral"
    return "neutral" if report.verdict == "inconclusive" else "success"


def permalink(desk: Desk, task: Task, report: Report, suspect: Suspect) -> str:
    """The address of a suspect's lines."""
    return desk.lines_url(task.where, report.revisions.head_sha, suspect.path, suspect.lines)


def _comment(
    desk: Desk, repository: Repository, task: Task, report: Report, accepted: str | None, fix: int | None = None
) -> None:
    """One comment, edited in place; a new one only for what is worth a person's mail."""
    number = task.number("pull")
    known = repository.marked_comment(number, comment.mark(number))
    if known is None and not comment.worth_saying(report):
        return
    body = comment.render(
        report, pull=number, link=partial(permalink, desk, task, report), before=known.body or "" if known else "",
        details=desk.details_url(task.name), remark=f"**Accepted** by {accepted}" if accepted else "",
        fix=fix,
    )  # fmt: skip
    if known is None:
        repository.comment(number, body)
    elif known.body != body:
        repository.edit_comment(known.id, body)


def _divided(
    store: Store, report: Report, config: Config
) -> tuple[list[tuple[Fix, list[suggest.Suggestion]]], list[Fix]]:
    """Verified fixes whose lines the diff shows, as suggestions; and those for a pull request to the author."""
    head_sha = report.revisions.head_sha
    verified = [fix for fix in report.fixes if fix.status == "verified" and allowed(store, head_sha, fix)]
    if config.fixes == "off" or not verified:
        return [], []
    if config.fixes != "suggest":
        return [], verified
    changes = parse_diff(store.diff(report.revisions.merge_base_sha, head_sha))
    found = [(fix, _suggestions(store.tree(head_sha), fix, changes)) for fix in verified]
    return [one for one in found if one[1]], [fix for fix, parts in found if not parts]


def _suggestions(head: Tree, fix: Fix, changes: Sequence[FileChange]) -> list[suggest.Suggestion]:
    """All parts of a fix, or none where the diff does not show the lines of one."""
    found = [
        suggest.suggestions(path, head.text(path) or "", after, changes)
        for path, after in patch.apply_all(head.text, fix.patch).items()
    ]
    return [one for suggestions in found for one in suggestions] if all(found) else []


def _review(repository: Repository, pull: Pull, suggested: Sequence[tuple[Fix, list[suggest.Suggestion]]]) -> bool:
    """One review with those suggestions that do not stand yet; False where GitHub refuses it."""
    remarks = [_remark(fix, one, number, len(parts)) for fix, parts in suggested for number, one in enumerate(parts, 1)]
    try:
        if missing := _missing(remarks, repository.review_comments(pull.number)):
            repository.review(pull.number, pull.head.sha, "A verified fix for the regression:", missing)
    except RefusedError:
        return False
    return True


def _missing(remarks: Sequence[dict[str, Any]], known: Sequence[ReviewComment]) -> list[dict[str, Any]]:
    """What does not stand on the pull request yet; GitHub takes the line from a comment that is outdated."""
    standing = Counter((one.path, one.body) for one in known if one.line is not None)
    missing = []
    for remark in remarks:
        place = (remark["path"], remark["body"])
        if standing[place]:
            standing[place] -= 1
        else:
            missing.append(remark)
    return missing


def _remark(fix: Fix, one: suggest.Suggestion, number: int, of: int) -> dict[str, Any]:
    together = f" Part {number} of {of}: apply them together." if of > 1 else ""
    note = f" It {prose(fix.note)}." if fix.note else ""
    said = f"{code_span(fix.rule)}: verified to be faster, the tests pass as before.{note}{together}"
    text = f"{said}\n\n{suggest.body(one)}"
    lines: dict[str, Any] = {"line": one.last, "side": "RIGHT"}
    if one.first < one.last:
        lines |= {"start_line": one.first, "start_side": "RIGHT"}
    return {"path": one.path, "body": text, **lines}

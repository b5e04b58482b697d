"""Does what a button on the check run, or GitHub's own re-run, asks: the command of that name, with the same rights.

Partner: `bot/work/command.py`.
"""

from __future__ import annotations

from dataclasses import replace

from bot.commands import WRITERS
from bot.core.slash import Words
from bot.core.task import Next, Task, queue_group
from bot.core.text import code_span
from bot.github.api import Pull, Repository
from bot.work import Desk, Step
from bot.work.command import perform

_WORDS = {
    "fix": Words("fix"),
    "accept": Words("accept", ("accepted", "with", "the", "button")),
    "rerun": Words("rerun"),
}


def begin(desk: Desk, task: Task) -> Next | None:
    """The pull request is found by the head that was checked: of a fork's, GitHub names none."""
    if checks := desk.tasks.of_group(queue_group(task.where.repository, task.text("head_sha"))):
        _queue_again(desk, task, checks[0].task)
        return None
    words = _WORDS.get(task.text("word"))
    number = desk.tasks.fact("pull", task.where.repository, task.text("head_sha"))
    if words is None or number is None:
        return None
    with desk.repository(task) as (repository, _token):
        pull = repository.pull(int(number))
        if over := _over(pull, task.text("head_sha")):
            _reply(repository, pull, f"over{task.text('head_sha')}", over)
            return None
        said = f"button{task.name.rpartition(':')[2]}"
        for answer in perform(desk, repository, task, pull, (words,), said):
            if answer.reply:
                _reply(repository, pull, said, answer.reply)
    return None


def _over(pull: Pull, head_sha: str) -> str:
    """Why the buttons of this head's check do nothing any more, if so; told once, whoever presses however many."""
    what = f"The buttons of the check of {code_span(head_sha[:10])} do nothing any more: "
    if pull.state != "open":
        return what + ("this was merged." if pull.merged else "this was closed. Reopened, it is checked again.")
    if pull.head.sha != head_sha:
        return what + f"head is {code_span(pull.head.sha[:10])} now, and its own check has them."
    return ""


def _reply(repository: Repository, pull: Pull, said: str, text: str) -> None:
    mark = f"<!-- perfwright:answer:{said} -->"
    if repository.marked_comment(pull.number, mark) is None:
        repository.comment(pull.number, f"{mark}\n\n{text}")


def _queue_again(desk: Desk, task: Task, check: Task) -> None:
    """What a merge queue has put together has no pull request of its own: it can be checked again, and no more."""
    if task.text("word") != "rerun" or check.kind != "check":
        return
    with desk.repository(task) as (repository, _token):
        if repository.permission(task.text("actor")) in WRITERS:
            again = f"check:{task.where.repository}:merge:{task.text('head_sha')}:{task.name.rpartition(':')[2]}"
            desk.add(replace(check, name=again, step="begin", queue="tasks", due=0.0))


STEPS: dict[str, Step] = {"begin": begin}

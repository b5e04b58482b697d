"""Does what a button on the check run, or GitHub's own re-run, asks: the command of that name, with the same rights.

Partner: `bot/work/command.py`.
"""

from __future__ import annotations

from bot.core.slash import Words
from bot.core.task import Next, Task
from bot.work import Desk, Step
from bot.work.command import perform

_WORDS = {
    "fix": Words("fix"),
    "accept": Words("accept", ("accepted", "with", "the", "button")),
    "rerun": Words("rerun"),
}


def begin(desk: Desk, task: Task) -> Next | None:
    """The pull request is found by the head that was checked: of a fork's, GitHub names none."""
    words = _WORDS.get(task.text("word"))
    number = desk.tasks.fact("pull", task.where.repository, task.text("head_sha"))
    if words is None or number is None:
        return None
    with desk.repository(task) as (repository, _token):
        pull = repository.pull(int(number))
        if pull.head.sha != task.text("head_sha") or pull.state != "open":
            return None
        said = f"button{task.name.rpartition(':')[2]}"
        for answer in perform(desk, repository, task, pull, (words,), said):
            mark = f"<!-- perfwright:answer:{said} -->"
            if answer.reply and repository.marked_comment(pull.number, mark) is None:
                repository.comment(pull.number, f"{mark}\n\n{answer.reply}")
    return None


STEPS: dict[str, Step] = {"begin": begin}

"""Does what a slash command asks: reads rights live, reacts at once, answers in one comment.

Partner: `bot/commands` says what each word means.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast

import msgspec

import rules
from bot import guide
from bot.commands import WRITERS, Answer, Awaiting, Call, find
from bot.core.slash import Words, parse
from bot.core.task import Next, Task, pull_group
from bot.core.text import code_span
from bot.errors import UserError
from bot.github.api import Commented, Pull, Repository
from bot.tasks import Kept
from bot.work import Desk, Step
from bot.work._proposal import mends

STRANGERS_EVERY_S = 3600.0


def begin(desk: Desk, task: Task) -> Next | None:
    """All commands of one comment."""
    words = parse(task.text("body"))
    if not words:
        return None
    number, kind = task.number("number"), cast(Commented, task.text("kind"))
    node_id = str(task.details.get("node_id", ""))
    with desk.repository(task) as (repository, _token):
        repository.react(kind, task.number("comment"), "eyes", node_id)
        pull = repository.pull(number)
        said = f"{kind.split()[-1]}{task.number('comment')}"
        answers = list(perform(desk, repository, task, pull, words, said))
        replies = [answer.reply for answer in answers if answer.reply]
        mark = f"<!-- perfwright:answer:{said} -->"
        if not replies:
            repository.react(kind, task.number("comment"), "+1", node_id)
        elif not _asks_too_often(desk, repository, task):
            if repository.marked_comment(number, mark) is None:
                repository.comment(number, "\n\n".join([mark, *replies]))
            answered = (task.where.repository, f"{number}:{task.text('actor')}", str(desk.clock()).encode())
            desk.tasks.learn("answered", *answered, desk.clock())
    return None


def _asks_too_often(desk: Desk, repository: Repository, task: Task) -> bool:
    """Strangers may make the app write to all who follow a pull request once an hour each, and no more."""
    answered = desk.tasks.fact("answered", task.where.repository, f"{task.number('number')}:{task.text('actor')}")
    if answered is None or desk.clock() - float(answered) >= STRANGERS_EVERY_S:
        return False
    return repository.permission(task.text("actor")) not in WRITERS


def perform(
    desk: Desk, repository: Repository, task: Task, pull: Pull, words: tuple[Words, ...], said: str
) -> Iterator[Answer]:
    """Answer each command, and keep what it leads to; a mistake is answered with one polite line.

    What was done is not done again, where GitHub was away before the answer could be written: it would be another.
    """
    actor = task.text("actor")
    writes = None
    for number, one in enumerate(words):
        if (reply := desk.tasks.fact("reply", task.where.repository, f"{said}-{number}")) is not None:
            yield Answer(reply.decode())
            continue
        try:
            command = find(one.word)
            if command.WHO == "write":
                writes = repository.permission(actor) in WRITERS if writes is None else writes
                if not writes:
                    raise UserError(f"`/perf {one.word}` is for people with write access to this repository.")
            answer = command.answer(_call(desk, task, pull, one, f"{said}-{number}"))
        except UserError as error:
            yield Answer(str(error))
            continue
        for fact in answer.facts:
            if fact.value is None:
                desk.tasks.forget(fact.room, task.where.repository, fact.key)
            else:
                desk.tasks.learn(fact.room, task.where.repository, fact.key, fact.value.encode(), desk.clock())
        desk.add(*answer.tasks)
        desk.tasks.learn("reply", task.where.repository, f"{said}-{number}", answer.reply.encode(), desk.clock())
        yield answer


def _call(desk: Desk, task: Task, pull: Pull, words: Words, said: str) -> Call:
    repository = task.where.repository
    latest = desk.tasks.fact("latest", repository, str(pull.number))
    mended = desk.tasks.fact("fix pull", repository, str(pull.number))
    awaiting = desk.tasks.fact("awaiting", repository, str(pull.number))
    written_at = task.details.get("written_at")
    under_way = [
        _state(kept)
        for kept in desk.tasks.of_group(pull_group(repository, pull.number))
        if kept.state in ("waiting", "leased")
    ]
    return Call(
        words, task.text("actor"), task.where, pull.number, pull.head.sha, said,
        written_at=datetime.fromisoformat(str(written_at)) if written_at else None,
        awaiting=msgspec.json.decode(awaiting, type=Awaiting) if awaiting else None,
        report=desk.report(latest.decode(), repository) if latest else None,
        closed="" if pull.state == "open" else "merged" if pull.merged else "closed",
        ours=mends(mended) if mended else None,
        states=under_way,
        ignored={key: value.decode() for _, key, value in desk.tasks.facts("ignored", repository)},
        rules={name: rules.load(name) for name in rules.names()},
        meanings={
            word: guide.linked(meaning, f"{desk.public_url}/docs") for word, meaning in guide.meanings().items()
        },
    )  # fmt: skip


def _state(kept: Kept) -> str:
    """Such as "The check of `0fe7690a1b` waits for its turn to be measured."."""
    task, leased = kept.task, kept.state == "leased"
    part = f" for {code_span(str(glob))}" if (glob := task.details.get("glob")) else ""
    what = {
        "check": f"The check of {code_span(task.text('head_sha')[:10])}{part}",
        "bisect": f"The bisect of {code_span(str(task.details.get('benchmark')), limit=120)}",
        "closed": "Ending the checks that nobody wants any more",
    }.get(task.kind, f"The {task.kind}")
    measured = "is being measured" if leased else "waits for its turn to be measured"
    told = {"measure": measured, "publish": "is measured, and about to be reported"}.get(task.step, "is about to begin")
    return f"{what} {told}."


STEPS: dict[str, Step] = {"begin": begin}

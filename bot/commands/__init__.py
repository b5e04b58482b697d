"""The slash commands: a file a word; its docstring is the help text. A command answers, it does not act.

A module of this room has `USAGE`, `WHO` and `answer(call)`. Partner: `bot/work/command.py` does what is answered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal, Protocol, cast

from bot.core.model import Report, Verdict
from bot.core.slash import PREFIX, Words, nearest
from bot.core.task import Task, Where
from bot.core.text import code_span
from bot.errors import UserError

Who = Literal["write", "anyone"]
WRITERS = ("admin", "write")
"""What GitHub's permission endpoint calls people who may push; it counts maintainers as writers."""


@dataclass(frozen=True, slots=True)
class Awaiting:
    """A head of a fork that was shown to wait for approval."""

    head_sha: str
    shown_at: datetime
    """By GitHub's clock, like the time of a comment."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command with all that an answer may depend on."""

    words: Words
    actor: str
    where: Where
    pull: int
    head_sha: str
    """Where the pull request stands now, read live."""
    said: str
    """Tells this command from every other one: the id of the comment, or of the delivery."""
    written_at: datetime | None = None
    """When the person wrote it; a click has no time."""
    awaiting: Awaiting | None = None
    report: Report | None = None
    """The newest one on this pull request."""
    ours: int | None = None
    """Of a pull request that the app has opened: the one that it mends, or 0 for the default branch."""
    states: Sequence[str] = ()
    """What is under way on it, in words."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    """What comments have made ignored in the repository, and who wrote them."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """The catalogue: the text of each card by its name."""

    @property
    def first(self) -> str:
        """The first argument; raises UserError where there is none."""
        if not self.words.arguments:
            raise UserError(f"`{PREFIX} {self.words.word}` needs an argument: {usage(self.words.word)}")
        return self.words.arguments[0]

    def verdict(self, wanted: str) -> Verdict:
        """What was found on a benchmark, by its id or the end of it; raises UserError with the nearest."""
        verdicts = self.report.verdicts if self.report else ()
        found = [one for one in verdicts if one.id == wanted or one.id.endswith((f"::{wanted}", f".{wanted}"))]
        if found:
            return found[0]
        short = {one.id.rpartition("::")[2]: one.id for one in verdicts}
        meant = nearest(wanted, [*self.rules, *(one.id for one in verdicts), *short])
        hint = f" Did you mean {code_span(short.get(meant, meant))}?" if meant else ""
        raise UserError(f"There is no rule or benchmark {code_span(wanted, limit=120)}.{hint}")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to remember about the repository, or, without a value, to forget."""

    room: str
    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command leads to."""

    reply: str = ""
    """A comment; nothing where the result shows in place."""
    tasks: tuple[Task, ...] = ()
    facts: tuple[Fact, ...] = ()
    cancel: str | None = None
    """A group of tasks that is not wanted any more."""


class Command(Protocol):
    """What a module of this room offers."""

    WHO: Who
    USAGE: str

    def answer(self, call: Call) -> Answer:
        """What the command leads to; raises UserError with one polite line."""
        ...


@cache
def commands() -> Mapping[str, Command]:
    """Every command by its word."""
    names = (info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    return {name: cast(Command, importlib.import_module(f"{__name__}.{name}")) for name in sorted(names)}


def find(word: str) -> Command:
    """The command of that word; raises UserError with the nearest one."""
    known = commands()
    if word in known:
        return known[word]
    meant = nearest(word, tuple(known))
    hint = f"did you mean `{PREFIX} {meant}`?" if meant else f"`{PREFIX} help` lists them."
    raise UserError(f"There is no command {code_span(word, limit=40)}: {hint}")


def usage(word: str) -> str:
    """How a command is written."""
    return f"`{' '.join(part for part in (PREFIX, word, commands()[word].USAGE) if part)}`"

"""The slash commands: a file a word; its docstring is the help text. A command answers, it does not act.

A module of this room has `USAGE`, `WHO` and `answer(call)`. Partner: `bot/work/command.py` does what is answered.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal, Protocol, cast

from bot.core.model import Report, Suspect, Verdict
from bot.core.slash import PREFIX, Words, nearest
from bot.core.task import Task, Where
from bot.core.text import code_span
from bot.errors import UserError

Who = Literal["write", "anyone"]
_MOST_MEANT = 5
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
    closed: str = ""
    """How it ended, "closed" or "merged", if it did."""
    ours: int | None = None
    """Of a pull request that the app has opened: the one that it mends, or 0 for the default branch."""
    states: Sequence[str] = ()
    """What is under way on it, in words."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    """What comments have made ignored in the repository, and who wrote them."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """The catalogue: the text of each card by its name."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """What each word of the glossary means."""

    @property
    def text(self) -> str:
        """All arguments as one, since ids of benchmarks may have spaces in them; "" where there is none."""
        return " ".join(self.words.arguments)

    def needed(self) -> str:
        """As `text`; raises UserError where there is none."""
        if not self.text:
            raise UserError(f"`{PREFIX} {self.words.word}` needs an argument: {usage(self.words.word)}")
        return self.text

    def must_be_open(self) -> None:
        """Raises UserError where nothing can come of the command any more."""
        if self.closed:
            raise UserError(f"This pull request was {self.closed}: `{PREFIX} {self.words.word}` needs an open one.")

    def reported(self) -> Report:
        """The newest report; raises UserError where there is none."""
        if self.report is None:
            raise UserError(
                f"There is no report on this pull request yet: `{PREFIX} status` says what is under way,"
                f" `{PREFIX} bench` asks for one."
            )
        return self.report

    def verdict(self, wanted: str, among: Sequence[Verdict]) -> Verdict:
        """What was found on a benchmark, by its id, its end, or a suspect; raises UserError with the nearest."""
        report = self.reported()
        found = _named(wanted, among) or _explained_by(wanted, report, among)
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(code_span(one.id, limit=120) for one in found[:_MOST_MEANT])
            raise UserError(f"{code_span(wanted, limit=120)} may be {names}: write the whole name.")
        short = {one.id.rpartition("::")[2]: one.id for one in among}
        meant = nearest(wanted, [*self.rules, *self.meanings, *(one.id for one in among), *short])
        hint = f" Did you mean {code_span(short.get(meant, meant))}?" if meant else ""
        raise UserError(f"There is no benchmark, rule or word {code_span(wanted, limit=120)}.{hint}")


def _named(wanted: str, among: Sequence[Verdict]) -> list[Verdict]:
    """Those of that id; else those whose id ends so, without their parameters if need be."""
    ids = {one: " ".join(one.id.split()) for one in among}
    end = rf"(?:(?:.*(?:::|[./]))?|import ){re.escape(wanted)}"
    ways = (re.escape(wanted), end, rf"{end}(?:\[.*\]|\(.*\))")
    return next((found for way in ways if (found := [one for one, name in ids.items() if re.fullmatch(way, name)])), [])


def _explained_by(wanted: str, report: Report, among: Sequence[Verdict]) -> list[Verdict]:
    """For each suspect of that name, the benchmark of which it explains most."""
    most: dict[tuple[str, str], Suspect] = {}
    for one in sorted(report.suspects, key=lambda each: each.share):
        if wanted in (one.function, one.function.rpartition(".")[2]):
            most[one.path, one.function] = one
    wanted_ids = {one.benchmark for one in most.values()}
    return [one for one in among if one.id in wanted_ids]


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

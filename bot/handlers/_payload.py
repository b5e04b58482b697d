"""The parts that many events share, no more than what is read; GitHub adds fields at any time."""

from __future__ import annotations

from datetime import datetime

import msgspec

from bot.core.task import Task, Where, pull_group


class Installation(msgspec.Struct, frozen=True):
    """Where the app is installed."""

    id: int


class Repo(msgspec.Struct, frozen=True):
    """The repository that the event is about."""

    id: int
    full_name: str
    default_branch: str = ""


class User(msgspec.Struct, frozen=True):
    """Who did it."""

    login: str
    type: str = "User"


class HeadRepo(msgspec.Struct, frozen=True):
    """The repository of a pull request's head."""

    id: int


class Ref(msgspec.Struct, frozen=True):
    """One side of a pull request; a deleted fork has no repository."""

    sha: str
    ref: str = ""
    repo: HeadRepo | None = None


class Pull(msgspec.Struct, frozen=True):
    """A pull request."""

    number: int
    head: Ref
    base: Ref
    draft: bool = False
    state: str = "open"
    merged: bool = False
    updated_at: datetime | None = None

    @property
    def told_at(self) -> dict[str, object]:
        """Since when it is so: what GitHub answers later may be older."""
        return {"told_at": self.updated_at.isoformat()} if self.updated_at else {}


class Event(msgspec.Struct, frozen=True):
    """What every event has; one that came without an installation is not for an app."""

    action: str = ""
    repository: Repo | None = None
    installation: Installation | None = None
    sender: User | None = None

    @property
    def where(self) -> Where | None:
        """The repository, when the event names one and came to the app."""
        if self.repository is None or self.installation is None:
            return None
        return Where(self.installation.id, self.repository.id, self.repository.full_name)

    @property
    def person(self) -> str | None:
        """Who did it, unless it was a bot."""
        return None if self.sender is None or self.sender.type == "Bot" else self.sender.login


def check(where: Where, pull: int, head_sha: str, *, again: str = "", **more: object) -> Task:
    """Check a pull request at a head; `again` tells a wanted repetition from a doubled delivery."""
    name = f"check:{where.repository}:{pull}:{head_sha}" + (f":{again}" if again else "")
    details = {"pull": pull, "head_sha": head_sha, **more}
    return Task(name, "check", where, details, pull_group(where.repository, pull))


def command(
    event: Event, where: Where, *, kind: str, number: int, comment: int, body: str, written_at: datetime | None,
    node_id: str = "",
) -> list[Task]:  # fmt: skip
    """Look for slash commands in what a person has written on a pull request."""
    if event.person is None or "/perf" not in body:
        return []
    details: dict[str, object] = {
        "actor": event.person,
        "number": number,
        "comment": comment,
        "kind": kind,
        "body": body[:65_536],
        "written_at": written_at.isoformat() if written_at else None,
    }
    if node_id:
        details["node_id"] = node_id
    return [Task(f"command:{where.repository}:{kind}:{comment}", "command", where, details)]

"""merge_group: a merge queue waits for a word on a commit that it has made."""

from __future__ import annotations

import msgspec

from bot.core.task import Task
from bot.handlers._payload import Event


class Group(msgspec.Struct, frozen=True):
    """What the queue has put together."""

    head_sha: str
    base_sha: str
    base_ref: str = ""


class Payload(Event, frozen=True):
    """The group."""

    merge_group: Group | None = None


def handle(payload: Payload, delivery_id: str) -> list[Task]:
    """A destroyed group needs no answer any more."""
    where, made = payload.where, payload.merge_group
    if where is None or made is None:
        return []
    group = f"merge:{where.repository}:{made.head_sha}"
    details = {"head_sha": made.head_sha, "base_sha": made.base_sha, "base_ref": made.base_ref}
    if payload.action == "checks_requested":
        return [Task(f"check:{where.repository}:merge:{made.head_sha}", "check", where, details, group)]
    if payload.action == "destroyed":
        return [Task(f"closed:{where.repository}:merge:{made.head_sha}", "closed", where, details, group)]
    return []
